package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import com.sun.management.ThreadMXBean;
import io.holdfast.DeviceRegion;
import io.holdfast.Host;
import io.holdfast.Interrupt;
import io.holdfast.InterruptKind;
import io.holdfast.InterruptVectors;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.PciAddress;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Registers and interrupts of a real device, QEMU's {@code edu}, through the public interface. */
final class DeviceAccess {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final int IDENTIFICATION = 0x010000ed;
  private static final int LIVENESS = 0x04;
  private static final int RAISE = 0x60;
  private static final int ACKNOWLEDGE = 0x64;
  private static final int DMA_SOURCE = 0x80;
  private static final int ACCESSES = 2_000;

  private final VfioDevice device;
  private final DeviceRegion registers;

  private DeviceAccess(VfioDevice device) {
    this.device = device;
    this.registers = device.region(0);
  }

  static void run() {
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, "access", Guest.SESSIONS)) {
      DeviceAccess scenario = new DeviceAccess(session.bind(DEVICE, session.ioas("rings")));
      check("device.registers", scenario::mappedRegisters);
      check("device.configuration", scenario::configurationByCalls);
      check("device.messages", scenario::messages);
      check("device.line", scenario::line);
      check("device.woken", scenario::woken);
    }
  }

  private String mappedRegisters() {
    require(registers.isMapped(), "the BAR is not mapped");
    require(registers.get32(0) == IDENTIFICATION, "it says 0x%x", registers.get32(0));
    registers.put32(LIVENESS, 0x1234_5678);
    require(registers.get32(LIVENESS) == ~0x1234_5678, "it is not alive");
    registers.put64(DMA_SOURCE, 0x1234_5678_9abcL);
    require(registers.get64Opaque(DMA_SOURCE) == 0x1234_5678_9abcL, "64 bits were torn");
    registers.flush();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    int lost = 0;
    for (int i = 0; i < ACCESSES; i++) {
      registers.put32(LIVENESS, i);
      lost += registers.get32(LIVENESS) == ~i ? 0 : 1;
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / ACCESSES;
    require(lost == 0, "%d accesses were lost", lost);
    require(each < 16, "%d bytes are allocated by an access", each);
    return 2 * ACCESSES + " accesses of 32 bits";
  }

  private String configurationByCalls() {
    DeviceRegion config = device.config();
    require(!config.isMapped(), "the configuration space is mapped");
    require(config.get32(0) == 0x11e8_1234, "it is another device");
    require(config.get16(0) == 0x1234 && config.get8(1) == 0x12, "by less than 32 bits it differs");
    return "by calls";
  }

  private String messages() {
    try (InterruptVectors vectors = device.enableInterrupts(InterruptKind.MSI, 1)) {
      Interrupt message = vectors.vector(0);
      registers.put32(RAISE, 4);
      require(message.await(SHORT) == 0, "a message came though the device is no bus master");
      device.enableBusMastering();
      CompletableFuture<Long> waiting = CompletableFuture.supplyAsync(() -> message.await(LONG));
      registers.put32(RAISE, 1);
      require(waiting.join() == 1, "an interrupt was not told");
      registers.put32(RAISE, 2);
      require(Interrupt.awaitAny(List.of(message), LONG).equals(List.of(message)), "not ready");
      require(message.poll() == 1, "the second was not told");
      registers.put32(ACKNOWLEDGE, 7);
      require(message.await(SHORT) == 0, "one too many");
    }
    return "two, told once each";
  }

  private String line() {
    try (InterruptVectors vectors = device.enableInterrupts(InterruptKind.INTX, 1)) {
      Interrupt line = vectors.vector(0);
      registers.put32(RAISE, 1);
      require(line.await(LONG) == 1, "an interrupt was not told");
      registers.put32(RAISE, 2);
      require(line.await(SHORT) == 0, "the line was not masked by the interrupt");
      line.unmask();
      require(line.await(LONG) == 1, "the device interrupts still, and it was not told");
      registers.put32(ACKNOWLEDGE, 3);
      line.unmask();
      require(line.await(SHORT) == 0, "told though acknowledged");
      line.mask();
      registers.put32(RAISE, 1);
      require(line.await(SHORT) == 0, "told though masked");
      line.unmask();
      require(line.await(LONG) == 1, "not told when unmasked");
      registers.put32(ACKNOWLEDGE, 1);
    }
    return "masked by each interrupt";
  }

  private String woken() {
    InterruptVectors vectors = device.enableInterrupts(InterruptKind.MSI, 1);
    Interrupt message = vectors.vector(0);
    CompletableFuture<Long> waiting = CompletableFuture.supplyAsync(() -> message.await(LONG));
    message.wake();
    require(waiting.join() == 0, "woken by an interrupt");
    CompletableFuture<Long> closed = CompletableFuture.supplyAsync(() -> message.await(LONG));
    vectors.close();
    Throwable cause = closed.handle((told, failure) -> failure).join();
    require(cause != null, "it waited on a closed interrupt");
    return "by a thread, and by closing";
  }
}
