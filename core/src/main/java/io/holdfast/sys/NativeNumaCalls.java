package io.holdfast.sys;

import java.lang.foreign.MemorySegment;

/** Where memory lies; the part of {@link NativeSyscalls} that {@link NumaCalls} is. */
abstract sealed class NativeNumaCalls implements NumaCalls permits NativeBootCalls {
  @Override
  public final int mbind(long address, long length, int mode, MemorySegment nodes, int flags) {
    // The kernel looks at one bit less than it is told of.
    return LibcNuma.mbind(address, length, mode, nodes, 8 * nodes.byteSize() + 1, flags);
  }

  @Override
  public final int move_pages(MemorySegment pages, MemorySegment status) {
    return LibcNuma.move_pages(pages.byteSize() / Long.BYTES, pages, status);
  }
}
