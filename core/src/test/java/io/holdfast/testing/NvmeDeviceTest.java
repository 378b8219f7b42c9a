package io.holdfast.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.Interrupt;
import io.holdfast.InterruptKind;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import io.holdfast.session.PreserveOptions;
import io.holdfast.sim.NvmeDevice;
import io.holdfast.sim.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The simulated NVMe controller, by its registers and queues: what a correct driver never asks. */
@Timeout(60)
class NvmeDeviceTest {
  private static final PciAddress SLOT = PciAddress.parse("0000:00:06.0");
  private static final int PAGE = 4096;
  private static final int ENTRIES = 64;
  private static final int CC = 0x14;
  private static final int CSTS = 0x1c;
  private static final int ENABLE = 0x46_0001;
  private static final int READY = 1;
  private static final int FAILED = 2;
  private static final int DOORBELLS = 0x1000;

  /** Pages of the buffer: the admin queue's, the I/O queue's, and data. */
  private static final int ADMIN_SUBMISSIONS = 0;

  private static final int ADMIN_COMPLETIONS = 1;
  private static final int SUBMISSIONS = 2;
  private static final int COMPLETIONS = 3;
  private static final int DATA = 4;
  private static final int LIST = 6;

  @TempDir Path folder;
  private SimulatedHost host;
  private LiveSession session;
  private VfioDevice device;
  private DeviceRegion registers;
  private DmaBuffer pages;
  private final int[] tails = new int[2];
  private final int[] heads = new int[2];

  @BeforeEach
  void switchOn() {
    host =
        SimulatedHost.open(
            folder.resolve("machine"),
            SimulatedMachine.standard().withDevice(SLOT, NvmeDevice.class));
    session = LiveSession.openOrRestore(host, "disk", folder.resolve("state"));
    device = session.bind(SLOT, session.ioas("rings"));
    registers = device.region(0);
    pages = session.ioas("rings").buffer("pages", 8 * PAGE);
    device.enableBusMastering();
  }

  @AfterEach
  void switchOff() {
    assertThat(host.violations()).isEmpty();
    session.close();
    host.close();
  }

  private NvmeDevice model() {
    return (NvmeDevice) host.kernel().device(SLOT);
  }

  private long page(int index) {
    return pages.physicalAddress((long) index * PAGE);
  }

  private void enable() {
    registers.put32(0x24, (ENTRIES - 1) << 16 | (ENTRIES - 1));
    registers.put64(0x28, page(ADMIN_SUBMISSIONS));
    registers.put64(0x30, page(ADMIN_COMPLETIONS));
    registers.put32(CC, ENABLE);
    assertThat(registers.get32(CSTS)).isZero(); // It takes a while.
    assertThat(registers.get32(CSTS)).isEqualTo(READY);
  }

  private void enableWithQueue(int vectorAndFlags) {
    enable();
    assertThat(admin(5, 0, page(COMPLETIONS), (ENTRIES - 1) << 16 | 1, vectorAndFlags)).isZero();
    assertThat(admin(1, 0, page(SUBMISSIONS), (ENTRIES - 1) << 16 | 1, 1 << 16 | 1)).isZero();
  }

  /** Puts a command into a queue's ring, and rings. */
  private void submit(int queue, int opcode, int namespace, long prp, int... words) {
    int ring = queue == 0 ? ADMIN_SUBMISSIONS : SUBMISSIONS;
    MemorySegment entry = pages.segment().asSlice((long) ring * PAGE + tails[queue] * 64L, 64);
    entry.fill((byte) 0);
    entry.set(ValueLayout.JAVA_INT, 0, opcode | tails[queue] << 16);
    entry.set(ValueLayout.JAVA_INT, 4, namespace);
    entry.set(ValueLayout.JAVA_LONG, 24, prp);
    entry.set(ValueLayout.JAVA_LONG, 32, page(LIST));
    for (int i = 0; i < words.length; i++) {
      entry.set(ValueLayout.JAVA_INT, 40 + 4L * i, words[i]);
    }
    tails[queue] = (tails[queue] + 1) % ENTRIES;
    registers.put32(DOORBELLS + 8L * queue, tails[queue]);
  }

  /** The next completion's status and identifier, or -1. */
  private int completion(int queue) {
    int ring = queue == 0 ? ADMIN_COMPLETIONS : COMPLETIONS;
    long at = (long) ring * PAGE + heads[queue] % ENTRIES * 16L + 12;
    int word = pages.segment().get(ValueLayout.JAVA_INT, at);
    if ((word >> 16 & 1) == (heads[queue] / ENTRIES & 1)) {
      return -1;
    }
    heads[queue]++;
    registers.put32(DOORBELLS + 8L * queue + 4, heads[queue] % ENTRIES);
    return word;
  }

  private int admin(int opcode, int namespace, long prp, int... words) {
    submit(0, opcode, namespace, prp, words);
    return completion(0) >>> 17;
  }

  private int io(int opcode, int namespace, long prp, int... words) {
    submit(1, opcode, namespace, prp, words);
    return completion(1) >>> 17;
  }

  @Test
  void aReadOfAnyWidthIsAPartOfTheRegister() {
    assertThat(registers.get64(0)).isEqualTo(0x0040_0020_0f01_00ffL);
    assertThat(registers.get32(4)).isEqualTo(0x0040_0020);
    assertThat(registers.get16(0)).isEqualTo(0xff);
    assertThat(registers.get32(8)).isEqualTo(0x0001_0400);
    assertThat(registers.get32(DOORBELLS)).isZero();
  }

  @Test
  void itIsNotReadyWithoutItsQueues() {
    registers.put32(CC, ENABLE); // Of one entry each.
    assertThat(registers.get32(CSTS)).isEqualTo(FAILED);
    registers.put32(CC, 0);
    assertThat(registers.get32(CSTS)).isZero();
    enable();
    registers.put32(CC, 0);
    assertThat(registers.get32(CSTS)).isZero();
  }

  @Test
  void badQueuesAreRefused() {
    enable();
    int size = (ENTRIES - 1) << 16;
    assertThat(admin(1, 0, page(SUBMISSIONS), size | 1, 1 << 16 | 1)).isEqualTo(0x100);
    assertThat(admin(5, 0, page(COMPLETIONS), size | 0, 1)).isEqualTo(0x101);
    assertThat(admin(5, 0, page(COMPLETIONS), size | 33, 1)).isEqualTo(0x101);
    assertThat(admin(5, 0, page(COMPLETIONS), 256 << 16 | 1, 1)).isEqualTo(0x102);
    assertThat(admin(5, 0, page(COMPLETIONS), 1, 1)).isEqualTo(0x102);
    assertThat(admin(5, 0, page(COMPLETIONS) + 8, size | 1, 1)).isEqualTo(0x13);
    assertThat(admin(5, 0, page(COMPLETIONS), size | 1, 0)).isEqualTo(0x02);
    assertThat(admin(5, 0, page(COMPLETIONS), size | 1, 65 << 16 | 3)).isEqualTo(0x108);
    assertThat(admin(5, 0, page(COMPLETIONS), size | 1, 1)).isZero();
    assertThat(admin(5, 0, page(COMPLETIONS), size | 1, 1)).isEqualTo(0x101);
    assertThat(admin(1, 0, page(SUBMISSIONS), size | 1, 1 << 16 | 1)).isZero();
    assertThat(admin(4, 0, 0, 1)).isEqualTo(0x10c);
    assertThat(admin(0, 0, 0, 1)).isZero();
    assertThat(admin(0, 0, 0, 1)).isEqualTo(0x101);
    assertThat(admin(4, 0, 0, 1)).isZero();
    assertThat(admin(0x77, 0, 0)).isEqualTo(0x01);
    assertThat(admin(6, 3, page(DATA), 0)).isEqualTo(0x0b);
    assertThat(admin(6, 1, page(DATA), 9)).isEqualTo(0x02);
  }

  @Test
  void badCommandsAreRefused() {
    enableWithQueue(1);
    assertThat(io(2, 3, page(DATA), 0, 0, 0)).isEqualTo(0x0b);
    assertThat(io(0x55, 1, page(DATA))).isEqualTo(0x01);
    assertThat(io(2, 1, page(DATA), 65536, 0, 0)).isEqualTo(0x80);
    assertThat(io(2, 1, page(DATA), 65535, 0, 1)).isEqualTo(0x80);
    assertThat(io(2, 1, page(DATA), 65535, 0, 0)).isZero();
    assertThat(io(2, 1, page(DATA) + 2, 0, 0, 0)).isEqualTo(0x13);
    assertThat(io(2, 1, page(DATA), 0, 0, 256)).isEqualTo(0x02);
    pages.segment().set(ValueLayout.JAVA_LONG, (long) LIST * PAGE, page(DATA) + 512);
    assertThat(io(2, 1, page(DATA), 0, 0, 23)).isEqualTo(0x13);
    assertThat(io(0, -1, 0)).isZero();
  }

  @Test
  void commandsTakeTurnsAndEndInAnotherOrder() {
    enableWithQueue(1);
    model().setLatency(40);
    for (int i = 0; i < 20; i++) {
      submit(1, 1, 1, page(DATA), i, 0, 0);
    }
    List<Integer> order = new ArrayList<>();
    do {
      for (int word = completion(1); word != -1; word = completion(1)) {
        assertThat(word >>> 17).isZero();
        order.add(word & 0xffff);
      }
    } while (host.turn());
    for (int word = completion(1); word != -1; word = completion(1)) {
      order.add(word & 0xffff);
    }
    assertThat(order)
        .hasSize(20)
        .doesNotHaveDuplicates()
        .isNotEqualTo(order.stream().sorted().toList());
    assertThat(model().commandsUnderWay()).isZero();
  }

  @Test
  void nothingEndsWhileItIsHeld() {
    enableWithQueue(1);
    model().hold(true);
    submit(1, 0, 1, 0);
    assertThat(host.turn()).isFalse();
    assertThat(completion(1)).isEqualTo(-1);
    assertThat(model().commandsUnderWay()).isEqualTo(1);
    model().hold(false);
    host.turn();
    assertThat(completion(1) >>> 17).isZero();
  }

  @Test
  void whatWaitsForAnInterruptTurnsTheClock() {
    Interrupt interrupt = device.enableInterrupts(InterruptKind.MSIX, 5, 1).vector(5);
    enableWithQueue(5 << 16 | 3);
    model().setLatency(1000);
    submit(1, 0, 1, 0);
    assertThat(interrupt.await(Duration.ofHours(1))).isEqualTo(1);
    assertThat(completion(1) >>> 17).isZero();
  }

  @Test
  void withoutAVectorItInterruptsByTheLine() {
    Interrupt line = device.enableInterrupts(InterruptKind.INTX, 1).vector(0);
    enableWithQueue(3);
    while (line.poll() > 0) { // Those of the admin queue.
      line.unmask();
    }
    submit(1, 0, 1, 0);
    assertThat(line.poll()).isEqualTo(1);
    line.unmask();
    assertThat(line.poll()).isEqualTo(1); // Nobody has taken the completion.
    completion(1);
    line.unmask();
    assertThat(line.poll()).isZero();
  }

  @Test
  void itFailsWhereItCannotReachMemory() {
    enableWithQueue(1);
    device.disableBusMastering();
    submit(1, 0, 1, 0);
    assertThat(registers.get32(CSTS) & FAILED).isEqualTo(FAILED);
    assertThat(completion(1)).isEqualTo(-1);
  }

  @Test
  void itGoesOnOverAKexecAndKeepsItsBlocksOverAColdBoot() {
    enableWithQueue(1);
    pages.segment().set(ValueLayout.JAVA_LONG, (long) DATA * PAGE, 0x1234_5678L);
    assertThat(io(1, 1, page(DATA), 7, 0, 0)).isZero();
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    host.kexec();
    assertThat(model().read(0, CSTS, 4)).isEqualTo(READY);
    host.coldBoot();
    assertThat(model().read(0, CSTS, 4)).isZero();
    assertThat(model().medium(1).get(ValueLayout.JAVA_LONG_UNALIGNED, 7 * 512))
        .isEqualTo(0x1234_5678L);
    session = LiveSession.openOrRestore(host, "disk", folder.resolve("state"));
  }
}
