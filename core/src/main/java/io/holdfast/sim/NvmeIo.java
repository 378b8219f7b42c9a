package io.holdfast.sim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The I/O commands: Read, Write, Flush, Dataset Management. */
final class NvmeIo {
  private static final int FLUSH = 0x00;
  private static final int WRITE = 0x01;
  private static final int READ = 0x02;
  private static final int DATASET_MANAGEMENT = 0x09;
  private static final int DEALLOCATE = 4;
  private static final int EVERY_NAMESPACE = -1;
  private static final int RANGE_BYTES = 16;

  /** 128 KiB, as Identify says. */
  private static final long MOST_BYTES = 128 << 10;

  private final NvmeMedium medium;
  private final NvmePrps prps;

  NvmeIo(NvmeMedium medium, NvmePrps prps) {
    this.medium = medium;
    this.prps = prps;
  }

  static int opcode(MemorySegment command) {
    return command.get(ValueLayout.JAVA_BYTE, 0) & 0xff;
  }

  static int word(MemorySegment command, int index) {
    return command.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * index);
  }

  /** Does a command and answers its status. */
  int execute(MemorySegment command) {
    int opcode = opcode(command);
    int namespace = word(command, 1);
    if (!NvmeMedium.exists(namespace) && !(opcode == FLUSH && namespace == EVERY_NAMESPACE)) {
      return NvmeStatus.INVALID_NAMESPACE;
    }
    return switch (opcode) {
      case FLUSH -> NvmeStatus.SUCCESS; // What was written is on the medium.
      case READ, WRITE -> transfer(command, namespace, opcode == READ);
      case DATASET_MANAGEMENT -> manage(command, namespace);
      default -> NvmeStatus.INVALID_OPCODE;
    };
  }

  private int transfer(MemorySegment command, int namespace, boolean toMemory) {
    long block = command.get(ValueLayout.JAVA_LONG_UNALIGNED, 40);
    long count = (word(command, 12) & 0xffff) + 1L;
    if (count << NvmeMedium.blockShift(namespace) > MOST_BYTES) {
      return NvmeStatus.INVALID_FIELD;
    }
    if (!medium.contains(namespace, block, count)) {
      return NvmeStatus.LBA_OUT_OF_RANGE;
    }
    return prps.transfer(command, medium.blocks(namespace, block, count), toMemory);
  }

  private int manage(MemorySegment command, int namespace) {
    int ranges = (word(command, 10) & 0xff) + 1;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocate((long) ranges * RANGE_BYTES, 8);
      int status = prps.transfer(command, list, false);
      if (status != NvmeStatus.SUCCESS || (word(command, 11) & DEALLOCATE) == 0) {
        return status;
      }
      for (long at = 0; at < list.byteSize(); at += RANGE_BYTES) {
        long count = Integer.toUnsignedLong(list.get(ValueLayout.JAVA_INT, at + 4));
        long block = list.get(ValueLayout.JAVA_LONG, at + 8);
        if (!medium.contains(namespace, block, count)) {
          return NvmeStatus.LBA_OUT_OF_RANGE;
        }
        medium.blocks(namespace, block, count).fill((byte) 0);
      }
      return NvmeStatus.SUCCESS;
    }
  }
}
