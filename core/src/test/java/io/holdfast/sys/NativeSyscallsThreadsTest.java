package io.holdfast.sys;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What threads must not share, and what a call must not cost. */
class NativeSyscallsThreadsTest {
  private static final int TASKS = 64;
  private static final int ROUNDS = 2000;

  private final NativeSyscalls kernel = NativeSyscalls.open();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesEveryThreadItsOwnErrno(boolean virtual)
      throws InterruptedException, ExecutionException {
    try (ExecutorService threads =
        virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newFixedThreadPool(16)) {
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        int kind = i % 4;
        wrong.add(threads.submit(() -> unexpectedAnswers(kind)));
      }
      for (Future<Integer> answers : wrong) {
        assertThat(answers.get()).isZero();
      }
    }
  }

  private int unexpectedAnswers(int kind) {
    int unexpected = 0;
    for (int round = 0; round < ROUNDS; round++) {
      int answer =
          switch (kind) {
            case 0 -> kernel.close(-1) + Errno.EBADF;
            case 1 -> kernel.open("/nowhere", FcntlUapi.O_RDONLY, 0) + Errno.ENOENT;
            case 2 -> kernel.munmap(1, 1) + Errno.EINVAL;
            default -> Math.min(kernel.fcntl(0, FcntlUapi.F_GETFD, 0), 0);
          };
      if (answer != 0) {
        unexpected++;
      }
      if (round % 100 == 0) {
        LockSupport.parkNanos(1); // lets a virtual thread change its carrier between two calls
      }
    }
    return unexpected;
  }

  @Test
  void allocatesNothingOnTheIoctlPath() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int event = kernel.eventfd(0, 0);
    try (Arena arena = Arena.ofConfined();
        Arena shared = Arena.ofShared()) {
      MemorySegment confined = arena.allocate(64);
      MemorySegment common = shared.allocate(64);
      calls(event, confined, common); // the compiler has to have seen them
      calls(event, confined, common);
      long least = Long.MAX_VALUE;
      for (int run = 0; run < 5; run++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        calls(event, confined, common);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).isLessThan(CALLS / 100); // far less than an object in a hundred calls
    } finally {
      kernel.close(event);
    }
  }

  private static final int CALLS = 100_000;

  private void calls(int fd, MemorySegment confined, MemorySegment shared) {
    int refused = 0;
    for (int i = 0; i < CALLS / 4; i++) {
      refused += kernel.ioctl(fd, 0x3b95, confined);
      refused += kernel.ioctl(fd, 0x3b95, shared);
      refused += kernel.ioctl(fd, 0x3b95, 0L);
      refused += (int) kernel.pread(-1, confined, 0);
    }
    assertThat(refused).isEqualTo(CALLS / 4 * -(3 * Errno.ENOTTY + Errno.EBADF));
  }
}
