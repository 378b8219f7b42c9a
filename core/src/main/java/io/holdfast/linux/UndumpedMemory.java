package io.holdfast.linux;

import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MmanUapi;

/**
 * System calls that leave all shared memory they map out of core dumps. Thread-safe, as what is
 * behind them is.
 */
public final class UndumpedMemory extends ForwardingSyscalls {
  /** Around these calls. */
  public UndumpedMemory(Syscalls delegate) {
    super(delegate);
  }

  /** Maps memory and excludes it, or does neither and fails. */
  @Override
  public long mmap(long hint, long length, int prot, int flags, int fd, long offset) {
    long address = super.mmap(hint, length, prot, flags, fd, offset);
    if (address < 0 || (flags & MmanUapi.MAP_SHARED) == 0) {
      return address;
    }
    int advised = madvise(address, length, MmanUapi.MADV_DONTDUMP);
    if (advised < 0) {
      munmap(address, length);
      return advised;
    }
    return address;
  }
}
