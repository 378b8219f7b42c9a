package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** On this machine's kernel, which tells in /proc/self/smaps what it would write into a core. */
class UndumpedMemoryTest {
  /** The flags that the kernel has for the mapping at an address. */
  private static String flags(long address) throws IOException {
    String begin = Long.toHexString(address) + "-";
    boolean found = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      found |= line.startsWith(begin);
      if (found && line.startsWith("VmFlags:")) {
        return line + " ";
      }
    }
    throw new AssertionError("nothing is mapped at " + begin);
  }

  private static String flags(Syscalls kernel) throws IOException {
    try (Memfd memfd = Memfd.create(kernel, "memory", 4096);
        MappedMemory memory = memfd.map(0, 4096)) {
      return flags(memory.segment().address());
    }
  }

  @Test
  void sharedMemoryIsLeftOutOnRequestOnly() throws IOException {
    Syscalls kernel = NativeSyscalls.open();
    assertThat(flags(kernel)).doesNotContain(" dd ");
    assertThat(flags(new UndumpedMemory(kernel))).contains(" dd ");
  }

  @Test
  void memoryThatCannotBeLeftOutIsNotMapped() {
    int[] unmapped = {0};
    Syscalls refusing =
        new ForwardingSyscalls(NativeSyscalls.open()) {
          @Override
          public int madvise(long address, long length, int advice) {
            return -Errno.ENOMEM;
          }

          @Override
          public int munmap(long address, long length) {
            unmapped[0]++;
            return super.munmap(address, length);
          }
        };
    try (Memfd memfd = Memfd.create(refusing, "memory", 4096)) {
      assertThat(new UndumpedMemory(refusing).mmap(4096, 3, 1, memfd.acquire(), 0))
          .isEqualTo(-Errno.ENOMEM);
      memfd.release();
    }
    assertThat(unmapped[0]).isEqualTo(1);
  }
}
