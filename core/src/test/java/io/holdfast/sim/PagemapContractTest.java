package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code /proc/self/pagemap} says of a process's pages. */
class PagemapContractTest extends ContractTest {
  private static final String PATH = "/proc/self/pagemap";
  private static final long FRAME = (1L << 55) - 1;
  private static final long EXCLUSIVE = 1L << 56;
  private static final long FILE = 1L << 61;
  private static final long PRESENT = 1L << 63;

  /** The first page that no process of x86 has. */
  private static final long END = (1L << 47) / PAGE - 1;

  private int openPagemap() {
    return keep(kernel.open(PATH, FcntlUapi.O_RDONLY | FcntlUapi.O_CLOEXEC, 0));
  }

  private long entry(int pagemap, long address) {
    MemorySegment entry = calls.memory(8);
    assertThat(kernel.pread(pagemap, entry, address / PAGE * 8)).isEqualTo(8);
    return entry.get(ValueLayout.JAVA_LONG, 0);
  }

  @Test
  void aPageOfAMemfdIsThereOnceItIsWrittenTo() {
    MemorySegment memory = calls.mapMemory(memfd(4 * PAGE), 4 * PAGE);
    int pagemap = openPagemap();
    assertThat(entry(pagemap, memory.address())).isZero();
    memory.set(ValueLayout.JAVA_BYTE, PAGE, (byte) 1);
    assertThat(entry(pagemap, memory.address())).isZero();
    long entry = entry(pagemap, memory.address() + PAGE);
    assertThat(entry & ~FRAME).isEqualTo(PRESENT | FILE | EXCLUSIVE);
    assertThat(entry & FRAME).isPositive();
    ok(kernel.munmap(memory.address(), 4 * PAGE));
    assertThat(entry(pagemap, memory.address() + PAGE)).isZero();
  }

  @Test
  void aPageOfTheProcesssIsItsAlone() {
    MemorySegment memory = calls.memory(2 * PAGE);
    memory.fill((byte) 1);
    int pagemap = openPagemap();
    for (long page = 0; page < 2; page++) {
      long entry = entry(pagemap, memory.address() + page * PAGE);
      assertThat(entry & ~FRAME).isEqualTo(PRESENT | EXCLUSIVE);
      assertThat(entry & FRAME).isPositive();
    }
  }

  @Test
  void theFrameIsThePhysicalAddress() {
    Attached attached = new Attached();
    int memfd = memfd(3 * PAGE);
    MemorySegment memory = calls.mapMemory(memfd, 3 * PAGE);
    memory.fill((byte) 1);
    ok(attached.map(memfd, 0, 3 * PAGE, IOVA));
    int pagemap = openPagemap();
    for (long page = 0; page < 3; page++) {
      long entry = entry(pagemap, memory.address() + page * PAGE);
      assertThat((entry & FRAME) * PAGE).isEqualTo(attached.pa(IOVA + page * PAGE));
    }
    ok(kernel.munmap(memory.address(), 3 * PAGE));
  }

  @Test
  void framesAreToldToWhoOpenedItWithTheCapability() {
    MemorySegment memory = calls.memory(PAGE);
    memory.fill((byte) 1);
    int with = openPagemap();
    long told = entry(with, memory.address());
    List<Integer> without = new ArrayList<>();
    underTest()
        .without(
            Credentials.CAP_SYS_ADMIN,
            () -> {
              without.add(openPagemap());
              assertThat(entry(with, memory.address())).isEqualTo(told);
              assertThat(entry(without.getFirst(), memory.address())).isEqualTo(told & ~FRAME);
            });
    assertThat(entry(without.getFirst(), memory.address())).isEqualTo(told & ~FRAME);
  }

  @Test
  void itIsReadByWholeEntries() {
    int pagemap = openPagemap();
    MemorySegment entries = calls.memory(16);
    refused(Errno.EINVAL, kernel.pread(pagemap, entries.asSlice(0, 7), 0));
    refused(Errno.EINVAL, kernel.pread(pagemap, entries.asSlice(0, 12), 0));
    refused(Errno.EINVAL, kernel.pread(pagemap, entries, 4));
    refused(Errno.EINVAL, kernel.pread(pagemap, entries, -8));
    assertThat(kernel.pread(pagemap, entries.asSlice(0, 0), 0)).isZero();
    assertThat(kernel.pread(pagemap, entries, 0)).isEqualTo(16);
    assertThat(entries.get(ValueLayout.JAVA_LONG, 0)).isZero();
    assertThat(kernel.read(pagemap, entries)).isEqualTo(16);
  }

  @Test
  void itEndsWhereAddressesDo() {
    int pagemap = openPagemap();
    MemorySegment entries = calls.memory(16);
    assertThat(kernel.pread(pagemap, entries, (END - 1) * 8)).isEqualTo(8);
    assertThat(kernel.pread(pagemap, entries, END * 8)).isZero();
    assertThat(kernel.pread(pagemap, entries, 1L << 60)).isZero();
  }

  @Test
  void itIsOnlyRead() {
    int pagemap = openPagemap();
    refused(Errno.EBADF, kernel.pwrite(pagemap, calls.memory(8), 0));
    refused(Errno.EINVAL, kernel.ioctl(pagemap, 0x3b65, 8));
    refused(Errno.ENODEV, kernel.mmap(PAGE, 1, 1, pagemap, 0));
    refused(Errno.EINVAL, kernel.ftruncate(pagemap, 0));
    List<String> link = new ArrayList<>();
    ok(kernel.readLink("/proc/self/fd/" + pagemap, link));
    assertThat(link).containsExactly("/proc/" + kernel.getpid() + "/pagemap");
  }
}
