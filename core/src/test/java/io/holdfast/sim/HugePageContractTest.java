package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/**
 * What {@code madvise(MADV_COLLAPSE)} makes of a memfd where huge pages of shared memory are off
 * ({@code shmem_enabled=never}, the default).
 */
class HugePageContractTest extends ContractTest {
  private static final int HUGE = 2 << 20;
  private static final int SEALS =
      FcntlUapi.F_SEAL_SEAL | FcntlUapi.F_SEAL_GROW | FcntlUapi.F_SEAL_SHRINK;

  /** A memfd and a mapping of it where huge pages can be: its address is a multiple of theirs. */
  private final class Mapped {
    final int memfd;
    final long bytes;
    final long address;

    Mapped(long bytes) {
      this.memfd = keep(calls.memfd(MemfdUapi.MFD_EXEC | MemfdUapi.MFD_ALLOW_SEALING, bytes));
      this.bytes = bytes;
      long found = map(0);
      if (found % HUGE != 0) {
        ok(kernel.munmap(found, bytes));
        found = map(found / HUGE * HUGE);
      }
      ok(found);
      address = found;
    }

    private long map(long hint) {
      int both = MmanUapi.PROT_READ | MmanUapi.PROT_WRITE;
      return kernel.mmap(hint, bytes, both, MmanUapi.MAP_SHARED, memfd, 0);
    }

    void touch(long offset) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment seven = arena.allocate(1);
        seven.set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
        assertThat(kernel.pwrite(memfd, seven, offset)).isEqualTo(1);
      }
    }

    void touchAll() {
      for (long offset = 0; offset < bytes; offset += PAGE) {
        touch(offset);
      }
    }

    int collapse() {
      return collapse(0, bytes);
    }

    int collapse(long offset, long length) {
      return kernel.madvise(address + offset, length, MmanUapi.MADV_COLLAPSE);
    }

    /** Whether it lies in one piece, which begins at a multiple of a huge page's size. */
    boolean isHuge(Attached dma, long offset, long iova) {
      ok(dma.map(memfd, offset, HUGE, iova));
      ok(dma.getPa(iova, HUGE));
      return calls.length == HUGE && calls.physicalAddress % HUGE == 0;
    }

    byte byteAt(long offset) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment one = arena.allocate(1);
        assertThat(kernel.pread(memfd, one, offset)).isEqualTo(1);
        return one.get(ValueLayout.JAVA_BYTE, 0);
      }
    }
  }

  @Test
  void oneTouchedPageIsEnough() {
    Mapped memory = new Mapped(HUGE);
    refused(Errno.EINVAL, memory.collapse());
    memory.touch(5 * PAGE);
    ok(memory.collapse());
    ok(memory.collapse());
    assertThat(memory.byteAt(5 * PAGE)).isEqualTo((byte) 7);
    assertThat(memory.byteAt(6 * PAGE)).isZero();
    assertThat(memory.isHuge(new Attached(), 0, IOVA)).isTrue();
    ok(memory.collapse());
  }

  @Test
  void sealedMemoryCanBeCollapsed() {
    Mapped memory = new Mapped(2 * HUGE);
    ok(kernel.fcntl(memory.memfd, FcntlUapi.F_ADD_SEALS, SEALS));
    memory.touch(0);
    memory.touch(HUGE);
    ok(memory.collapse());
    Attached dma = new Attached();
    assertThat(memory.isHuge(dma, 0, IOVA)).isTrue();
    assertThat(memory.isHuge(dma, HUGE, 2 * IOVA)).isTrue();
  }

  @Test
  void onlyWholeHugePagesOfWhatIsAskedAreMade() {
    Mapped memory = new Mapped(HUGE);
    memory.touchAll();
    ok(memory.collapse(0, PAGE));
    ok(memory.collapse(PAGE, HUGE - PAGE));
    ok(memory.collapse(0, 0));
    refused(Errno.EINVAL, memory.collapse(1, PAGE));
    Mapped small = new Mapped(64 << 10);
    small.touchAll();
    refused(Errno.EINVAL, small.collapse());
    ok(kernel.munmap(small.address, small.bytes));
    refused(Errno.ENOMEM, small.collapse());
  }

  @Test
  void whatIsUntouchedEndsIt() {
    Mapped memory = new Mapped(2 * HUGE);
    memory.touch(0);
    refused(Errno.EINVAL, memory.collapse());
    assertThat(memory.isHuge(new Attached(), 0, IOVA)).isTrue();
  }

  @Test
  void pinnedPagesStayWhereTheyAre() {
    Mapped memory = new Mapped(2 * HUGE);
    memory.touchAll();
    Attached dma = new Attached();
    ok(dma.map(memory.memfd, 0, PAGE, IOVA));
    long before = dma.pa(IOVA);
    refused(Errno.EAGAIN, memory.collapse());
    assertThat(dma.pa(IOVA)).isEqualTo(before);
    assertThat(memory.isHuge(dma, HUGE, 2 * IOVA)).isTrue();
  }

  @Test
  void preservedPagesStayWhereTheyAre() {
    Mapped memory = new Mapped(HUGE);
    memory.touchAll();
    int session = keep(calls.createSession(openLiveupdate(), "collapse"));
    ok(calls.preserve(session, memory.memfd, 1));
    refused(Errno.EAGAIN, memory.collapse());
    Mapped huge = new Mapped(HUGE);
    huge.touch(0);
    ok(huge.collapse());
    ok(calls.preserve(session, huge.memfd, 2));
    ok(huge.collapse());
  }
}
