package io.holdfast.sim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Moves a command's data between the device and the pages that its PRPs name. */
final class NvmePrps {
  private static final int PAGE = 4096;

  /** A page of a list ends in a pointer to the next one, if there is more. */
  private static final int ENTRY_BYTES = 8;

  private final DeviceBus bus;
  private final MemorySegment entry = Arena.ofAuto().allocate(ENTRY_BYTES, ENTRY_BYTES);

  NvmePrps(DeviceBus bus) {
    this.bus = bus;
  }

  /**
   * Moves data.
   *
   * @param toMemory from the device to memory
   * @return the command's status
   */
  int transfer(MemorySegment command, MemorySegment data, boolean toMemory) {
    long first = command.get(ValueLayout.JAVA_LONG_UNALIGNED, 24);
    long second = command.get(ValueLayout.JAVA_LONG_UNALIGNED, 32);
    if (first % 4 != 0) {
      return NvmeStatus.INVALID_PRP_OFFSET;
    }
    long done = Math.min(PAGE - first % PAGE, data.byteSize());
    if (!move(first, data.asSlice(0, done), toMemory)) {
      return NvmeStatus.DATA_TRANSFER_ERROR;
    }
    long left = data.byteSize() - done;
    if (left == 0) {
      return NvmeStatus.SUCCESS;
    }
    if (left <= PAGE) {
      return page(second, data.asSlice(done), toMemory);
    }
    return list(second, data.asSlice(done), toMemory);
  }

  private int list(long start, MemorySegment data, boolean toMemory) {
    long at = start;
    if (at % ENTRY_BYTES != 0) {
      return NvmeStatus.INVALID_PRP_OFFSET;
    }
    long done = 0;
    while (done < data.byteSize()) {
      long left = data.byteSize() - done;
      if (!bus.dmaRead(at, entry)) {
        return NvmeStatus.DATA_TRANSFER_ERROR;
      }
      long address = entry.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
      if (at % PAGE == PAGE - ENTRY_BYTES && left > PAGE) {
        if (address % PAGE != 0) {
          return NvmeStatus.INVALID_PRP_OFFSET;
        }
        at = address;
        continue;
      }
      long count = Math.min(PAGE, left);
      int status = page(address, data.asSlice(done, count), toMemory);
      if (status != NvmeStatus.SUCCESS) {
        return status;
      }
      done += count;
      at += ENTRY_BYTES;
    }
    return NvmeStatus.SUCCESS;
  }

  /** A page after the first begins at its start. */
  private int page(long address, MemorySegment data, boolean toMemory) {
    if (address % PAGE != 0) {
      return NvmeStatus.INVALID_PRP_OFFSET;
    }
    return move(address, data, toMemory) ? NvmeStatus.SUCCESS : NvmeStatus.DATA_TRANSFER_ERROR;
  }

  private boolean move(long address, MemorySegment data, boolean toMemory) {
    return toMemory ? bus.dmaWrite(address, data) : bus.dmaRead(address, data);
  }
}
