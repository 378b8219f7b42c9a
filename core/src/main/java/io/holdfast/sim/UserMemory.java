package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The caller's memory as a system call sees it: structs that carry their own size, and arrays
 * behind pointers.
 */
final class UserMemory {
  private UserMemory() {}

  /**
   * A struct argument as {@code copy_struct_from_user()} takes it: what the caller left out is zero
   * (EINVAL below the least size the request knows), what the kernel does not know must be zero
   * (E2BIG).
   */
  static MemorySegment struct(MemorySegment argument, Struct layout, long leastBytes) {
    requireSize(argument);
    long given = Integer.toUnsignedLong(argument.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
    if (given < leastBytes) {
      throw Failure.of(Errno.EINVAL);
    }
    if (given > argument.byteSize()) {
      throw Failure.of(Errno.EFAULT);
    }
    long known = layout.size();
    if (given >= known) {
      for (long i = known; i < given; i++) {
        if (argument.get(ValueLayout.JAVA_BYTE, i) != 0) {
          throw Failure.of(Errno.E2BIG);
        }
      }
      return argument;
    }
    MemorySegment whole = Arena.ofAuto().allocate(known, 8);
    MemorySegment.copy(argument, 0, whole, 0, given);
    return whole;
  }

  /** Fails unless the argument's first field, its size, can be read. */
  static void requireSize(MemorySegment argument) {
    if (argument.byteSize() < Integer.BYTES) {
      throw Failure.of(Errno.EFAULT);
    }
  }

  /** Gives the answer back, if {@link #struct} had to make a copy. */
  static void respond(MemorySegment argument, MemorySegment struct) {
    if (argument.address() != struct.address()) {
      long given = Integer.toUnsignedLong(argument.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
      MemorySegment.copy(struct, 0, argument, 0, Math.min(given, struct.byteSize()));
    }
  }

  /** A VFIO argument: {@code argsz} must cover the fields up to {@code leastBytes} (EINVAL). */
  static void vfio(MemorySegment argument, long leastBytes) {
    requireSize(argument);
    long given = Integer.toUnsignedLong(argument.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
    if (given < leastBytes) {
      throw Failure.of(Errno.EINVAL);
    }
    if (argument.byteSize() < leastBytes) {
      throw Failure.of(Errno.EFAULT);
    }
  }

  /**
   * Memory behind a pointer field; EFAULT for the null page. The pointer is trusted beyond that.
   */
  @SuppressWarnings("restricted")
  static MemorySegment at(long address, long bytes) {
    if (Long.compareUnsigned(address, PhysicalMemory.PAGE_BYTES) < 0) {
      throw Failure.of(Errno.EFAULT);
    }
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }
}
