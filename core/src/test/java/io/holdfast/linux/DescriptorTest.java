package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A descriptor's number is not closed, and so not given to another file, while a call uses it. */
class DescriptorTest {
  @TempDir Path folder;
  private SimulatedKernel kernel;

  @BeforeEach
  void boot() {
    kernel = SimulatedKernel.create(folder.resolve("machine"), SimulatedMachine.standard());
  }

  @AfterEach
  void switchOff() {
    kernel.close();
  }

  @Test
  void closingWaitsForTheCallThatUsesIt() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Syscalls process = kernel.process();
    Syscalls slow =
        new ForwardingSyscalls(process) {
          @Override
          public long pwrite(int fd, MemorySegment buffer, long offset) {
            inside.countDown();
            awaitUninterruptibly(goOn);
            return super.pwrite(fd, buffer, offset);
          }
        };
    Memfd first = Memfd.create(slow, "first", 4096);
    try (ExecutorService other = Executors.newSingleThreadExecutor();
        Arena arena = Arena.ofShared()) {
      MemorySegment bytes = arena.allocate(8).fill((byte) 1);
      Future<?> write = other.submit(() -> first.write(bytes, 0));
      inside.await();
      first.close();
      assertThat(first.isOpen()).isFalse();
      assertThatThrownBy(first::sizeBytes).isInstanceOf(IllegalStateException.class);
      // What is opened now must not get the number that the write is about to use.
      try (Memfd second = Memfd.create(process, "second", 4096)) {
        goOn.countDown();
        write.get();
        try (MappedMemory memory = second.map(0, 4096)) {
          assertThat(memory.segment().mismatch(MemorySegment.ofArray(new byte[4096])))
              .isEqualTo(-1);
        }
      }
    }
  }

  @Test
  void theLastUseClosesItOnce() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    Syscalls counting =
        new ForwardingSyscalls(kernel.process()) {
          @Override
          public int close(int fd) {
            closed.incrementAndGet();
            return super.close(fd);
          }
        };
    int rounds = 300;
    for (int round = 0; round < rounds; round++) {
      Memfd memfd = Memfd.create(counting, "raced", 4096);
      CountDownLatch start = new CountDownLatch(1);
      try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
        for (int i = 0; i < 4; i++) {
          boolean closes = i % 2 == 0;
          threads.execute(() -> {
            awaitUninterruptibly(start);
            if (closes) {
              memfd.close();
            } else {
              useUntilClosed(memfd);
            }
          });
        }
        start.countDown();
      }
      assertThat(closed.get()).as("round " + round).isEqualTo(round + 1);
    }
  }

  private static void useUntilClosed(Memfd memfd) {
    for (int i = ThreadLocalRandom.current().nextInt(20); i >= 0; i--) {
      try {
        memfd.sizeBytes();
      } catch (IllegalStateException closed) {
        return;
      }
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
