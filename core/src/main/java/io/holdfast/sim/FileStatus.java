package io.holdfast.sim;

import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.MemorySegment;

/** Fills in {@code struct statx}. */
final class FileStatus {
  private FileStatus() {}

  static void fill(MemorySegment to, int mode, int links, long inode, long size, long blocks) {
    to.asSlice(0, statx.LAYOUT.size()).fill((byte) 0);
    statx.stx_mask.set(to, StatUapi.STATX_BASIC_STATS);
    statx.stx_blksize.set(to, PhysicalMemory.PAGE_BYTES);
    statx.stx_nlink.set(to, links);
    statx.stx_mode.set(to, mode);
    statx.stx_ino.set(to, inode);
    statx.stx_size.set(to, size);
    statx.stx_blocks.set(to, blocks);
  }
}
