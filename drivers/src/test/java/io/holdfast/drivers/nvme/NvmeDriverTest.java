package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.DmaBuffer;
import io.holdfast.DmaSlice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the driver does with a disk, and with one that refuses, fails, or does not answer. */
class NvmeDriverTest extends DiskFixture {
  private DmaBuffer data;
  private NvmeNamespace space;

  @BeforeEach
  void open() {
    start();
    data = buffer("data", 1 << 20);
    space = disk.namespace(1);
  }

  @Test
  void itTellsWhatIsThere() {
    assertThat(disk.namespaces()).extracting(NvmeNamespace::id).containsExactly(1, 2);
    assertThat(disk.namespaces()).extracting(NvmeNamespace::blockBytes).containsExactly(512, 4096);
    assertThat(disk.namespaces()).extracting(NvmeNamespace::blocks).containsExactly(65536L, 4096L);
    assertThat(disk.mostBytes()).isEqualTo(128 << 10);
    assertThat(disk.queue(0).capacity()).isEqualTo(255);
    assertThat(disk.isAdopted()).isFalse();
    assertThatThrownBy(() -> disk.namespace(3)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void blocksOfAnyNumberAndPlaceComeBack() {
    long seed = System.nanoTime();
    System.out.println("NvmeDriverTest, seed " + seed);
    Random random = new Random(seed);
    for (NvmeNamespace each : disk.namespaces()) {
      byte[] model = new byte[(int) (each.blocks() * each.blockBytes())];
      for (int i = 0; i < 60; i++) {
        int blocks = 1 + random.nextInt((300 << 10) / each.blockBytes());
        int length = blocks * each.blockBytes();
        int offset = 4 * random.nextInt((int) (data.lengthBytes() - length) / 4);
        int block = random.nextInt((int) each.blocks() - blocks);
        DmaSlice slice = data.slice(offset, length);
        int at = block * each.blockBytes();
        switch (random.nextInt(4)) {
          case 0 -> {
            each.read(block, slice);
            assertThat(slice.segment().mismatch(MemorySegment.ofArray(model).asSlice(at, length)))
                .isEqualTo(-1);
          }
          case 1 -> {
            each.deallocate(block, blocks);
            MemorySegment.ofArray(model).asSlice(at, length).fill((byte) 0);
          }
          default -> {
            for (long word = 0; word < length; word += 4) {
              slice.segment().set(ValueLayout.JAVA_INT, word, random.nextInt());
            }
            each.write(block, slice);
            MemorySegment.copy(slice.segment(), ValueLayout.JAVA_BYTE, 0, model, at, length);
          }
        }
      }
      each.flush();
      assertThat(model().medium(each.id()).mismatch(MemorySegment.ofArray(model))).isEqualTo(-1);
    }
  }

  /** One page, two, and a list of all but the first: with nothing before or after them. */
  @Test
  void wholePagesAreWritten() {
    for (int pages = 1; pages <= 32; pages++) {
      MemorySegment memory = data.segment().asSlice(0, pages * (long) PAGE);
      for (long at = 0; at < memory.byteSize(); at += 8) {
        memory.set(ValueLayout.JAVA_LONG, at, pages * 1_000_003L + at);
      }
      space.write(0, data.slice(0, memory.byteSize()));
      assertThat(model().medium(1).asSlice(0, memory.byteSize()).mismatch(memory)).isEqualTo(-1);
    }
  }

  @Test
  void whatTheDiskRefusesIsToldAndTheDiskWorksOn() {
    DmaSlice slice = data.slice(0, 1024);
    assertThatThrownBy(() -> space.read(65535, slice))
        .isInstanceOf(NvmeStatusException.class)
        .hasMessage("Read (namespace 1, block 65535) failed: LBA Out of Range (0x80)")
        .extracting("status")
        .isEqualTo(NvmeStatus.LBA_OUT_OF_RANGE);
    model().failNext(0x281);
    assertThatThrownBy(() -> space.read(0, slice)).hasMessageContaining("Unrecovered Read Error");
    model().failNext(0x77);
    assertThatThrownBy(() -> space.flush()).hasMessageContaining("0x77");
    space.read(65534, slice);
  }

  @Test
  void whatCannotBeAskedIsRefusedBeforeItIs() {
    NvmeQueue queue = disk.queue(0);
    for (DmaSlice wrong :
        List.of(data.slice(0, 100), data.slice(2, 512), data.slice(0, 256 << 10))) {
      assertThatThrownBy(() -> queue.read(space, 0, wrong, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> queue.deallocate(space, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(queue.outstanding()).isZero();
    assertThat(queue.capacity()).isEqualTo(255);
  }

  @Test
  void aFullQueueTakesNoMore() {
    NvmeQueue queue = disk.queue(0);
    model().hold(true);
    for (int i = 0; i < queue.capacity(); i++) {
      assertThat(queue.write(space, i, data.slice(i * 512L, 512), i)).isTrue();
    }
    assertThat(queue.flush(space, 1000)).isFalse();
    assertThat(queue.outstandingCommands())
        .contains(new NvmeCommand(17, NvmeCommand.Kind.WRITE, 1, 17, 1))
        .hasSize(255);
    model().hold(false);
    List<Long> told = new ArrayList<>();
    kernel.turn();
    queue.drain(
        (tag, status) -> {
          assertThat(status).isZero();
          told.add(tag);
        },
        LONG);
    assertThat(told).hasSize(255).doesNotHaveDuplicates();
    assertThat(queue.flush(space, 1000)).isTrue();
  }

  @Test
  void commandsEndInAnyOrderAndEachIsToldOnce() {
    model().setLatency(50);
    NvmeQueue queue = disk.queue(0);
    List<Long> told = new ArrayList<>();
    long sent = 0;
    while (told.size() < 2000) {
      while (sent < 2000 && queue.outstanding() < 32) {
        assertThat(queue.read(space, sent, data.slice(sent % 64 * 8192, 8192), sent)).isTrue();
        sent++;
      }
      assertThat(queue.await((tag, status) -> told.add(tag), LONG)).isPositive();
    }
    assertThat(told).doesNotHaveDuplicates().isNotEqualTo(told.stream().sorted().toList());
    assertThat(queue.strayCompletions()).isZero();
    model().setLatency(0);
  }

  @Test
  void whatAHandlerThrowsIsThrownAndItsCommandToldAgain() {
    NvmeQueue queue = disk.queue(0);
    for (int i = 0; i < 3; i++) {
      queue.flush(space, i);
    }
    List<Long> told = new ArrayList<>();
    assertThatThrownBy(() ->
            queue.poll((tag, status) -> {
              if (tag == 1 && told.size() == 1) {
                throw new IllegalArgumentException("not now");
              }
              told.add(tag);
            }))
        .hasMessage("not now");
    assertThat(queue.outstanding()).isEqualTo(2);
    queue.poll((tag, status) -> {
      told.add(tag);
      assertThatThrownBy(() -> queue.poll((other, its) -> {}))
          .isInstanceOf(IllegalStateException.class);
    });
    assertThat(told).containsExactly(0L, 1L, 2L);
    assertThat(queue.strayCompletions()).isZero();
  }

  @Test
  void aCommandThatDoesNotEndIsSentAgainByAReset() {
    disk.close();
    disk =
        NvmeController.open(
            session, session.ioas("disk"), SLOT, options().withTimeout(Duration.ofMillis(50)));
    space = disk.namespace(1);
    model().hold(true);
    data.segment().set(ValueLayout.JAVA_INT, 0, 4711);
    assertThatThrownBy(() -> space.write(5, data.slice(0, 512)))
        .isInstanceOf(NvmeTimeoutException.class)
        .hasMessageContaining("reset the controller");
    NvmeQueue queue = disk.queue(0);
    queue.write(space, 6, data.slice(0, 512), 42);
    assertThatThrownBy(() -> queue.drain((tag, status) -> {}, Duration.ofMillis(1)))
        .isInstanceOf(NvmeTimeoutException.class)
        .hasMessageContaining("1 commands of queue 2");
    long generation = disk.generation();
    model().hold(false);
    disk.reset();
    assertThat(disk.generation()).isEqualTo(generation + 1);
    List<Long> told = new ArrayList<>();
    queue.drain((tag, status) -> told.add(tag), LONG);
    assertThat(told).containsExactly(42L);
    space.flush();
    for (int block : new int[] {5, 6}) {
      assertThat(model().medium(1).get(ValueLayout.JAVA_INT_UNALIGNED, block * 512L))
          .isEqualTo(4711);
    }
  }

  /** What a command ends with that nobody waits for any more is not what the next ends with. */
  @Test
  void aLateEndIsNotTakenForThatOfTheNextCommand() {
    disk.close();
    disk =
        NvmeController.open(
            session, session.ioas("disk"), SLOT, options().withTimeout(Duration.ofMillis(50)));
    model().hold(true);
    NvmeNamespace late = disk.namespace(1);
    assertThatThrownBy(() -> late.write(5, data.slice(0, 512)))
        .isInstanceOf(NvmeTimeoutException.class);
    model().failNext(0x281);
    model().hold(false);
    kernel.turn(); // It ends, badly.
    model().hold(true);
    assertThatThrownBy(late::flush).isInstanceOf(NvmeTimeoutException.class);
    model().hold(false);
    kernel.turn();
    late.flush();
  }

  @Test
  void aFlushReachesTheDiskAndComesBack() {
    long taken = model().commandsTaken();
    space.flush();
    assertThat(model().commandsTaken()).isEqualTo(taken + 1);
    model().hold(true);
    NvmeQueue queue = disk.queue(0);
    queue.flush(space, 7);
    assertThat(queue.outstandingCommands())
        .containsExactly(new NvmeCommand(7, NvmeCommand.Kind.FLUSH, 1, 0, 0));
    model().hold(false);
    kernel.turn();
    assertThat(queue.poll((tag, status) -> assertThat(tag).isEqualTo(7))).isEqualTo(1);
    assertThat(model().commandsTaken()).isEqualTo(taken + 2);
  }

  @Test
  void anotherWayOfWaitingStartsTheControllerAnew() {
    kill();
    start(options());
    assertThat(disk.isAdopted()).isTrue();
    kill();
    start(options().withInterrupts());
    assertThat(disk.isAdopted()).isFalse();
    kill();
    model().breakDown();
    start(options().withInterrupts());
    assertThat(disk.isAdopted()).isFalse();
    disk.namespace(1).flush();
  }

  @Test
  void aControllerThatFailsIsNoticedAndReset() {
    NvmeQueue queue = disk.queue(0);
    model().hold(true);
    queue.flush(space, 1);
    model().breakDown();
    assertThatThrownBy(() -> queue.await((tag, status) -> {}, LONG))
        .isInstanceOf(NvmeException.class)
        .hasMessageContaining("the controller has failed");
    assertThatThrownBy(() -> space.flush()).hasMessageContaining("the controller has failed");
    model().hold(false);
    disk.reset();
    List<Long> told = new ArrayList<>();
    queue.drain((tag, status) -> told.add(tag), LONG);
    assertThat(told).containsExactly(1L);
    space.read(0, data.slice(0, 512));
  }

  @Test
  void whatIsClosedRefuses() {
    NvmeQueue queue = disk.queue(0);
    assertThat(session.device(SLOT).orElseThrow().isBusMaster()).isTrue();
    disk.close();
    disk.close();
    assertThat(session.device(SLOT).orElseThrow().isBusMaster()).isFalse();
    for (Runnable use :
        List.<Runnable>of(
            () -> queue.flush(space, 1),
            () -> queue.poll((tag, status) -> {}),
            () -> space.flush(),
            disk::reset)) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void interruptsAreWaitedForQueueByQueue() throws InterruptedException {
    stop();
    start(options().withQueues(3).withInterrupts());
    data = buffer("data", 1 << 20);
    model().setLatency(20);
    List<Thread> threads = new ArrayList<>();
    int[] told = new int[3];
    for (int i = 0; i < 3; i++) {
      int number = i;
      NvmeQueue queue = disk.queue(i);
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int sent = 0; told[number] < 200; ) {
                  for (; sent < 200 && queue.outstanding() < 8; sent++) {
                    long at = number * 65536L + sent % 16 * 4096L;
                    queue.write(
                        disk.namespace(2), number * 1000 + sent, data.slice(at, 4096), sent);
                  }
                  queue.await((tag, status) -> told[number] += status == 0 ? 1 : 0, LONG);
                }
              }));
    }
    for (Thread each : threads) {
      each.join();
    }
    assertThat(told).containsExactly(200, 200, 200);
    model().setLatency(0);
  }
}
