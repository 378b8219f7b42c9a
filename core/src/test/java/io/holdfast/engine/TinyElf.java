package io.holdfast.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/**
 * The smallest ELF program for x86-64: one segment, whose code ends the process with exit code 42.
 * Its header can be damaged.
 */
final class TinyElf {
  static final int EXIT_CODE = 42;

  private static final int HEADER_BYTES = 64 + 56;
  private static final long ADDRESS = 0x400000;
  private static final byte[] CODE = {
    (byte) 0xbf,
    EXIT_CODE,
    0,
    0,
    0, // mov $42, %edi
    (byte) 0xb8,
    60,
    0,
    0,
    0, // mov $60, %eax: exit
    0x0f,
    0x05 // syscall
  };

  private final ByteBuffer bytes =
      ByteBuffer.allocate(HEADER_BYTES + CODE.length).order(ByteOrder.LITTLE_ENDIAN);

  TinyElf() {
    bytes.put(0, new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    bytes.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1); // ET_EXEC, EM_X86_64
    bytes.putLong(24, ADDRESS + HEADER_BYTES).putLong(32, 64); // e_entry, e_phoff
    bytes.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 1);
    bytes.putInt(64, 1).putInt(68, 5); // PT_LOAD, readable and executable
    bytes.putLong(80, ADDRESS).putLong(88, ADDRESS);
    bytes.putLong(96, bytes.capacity()).putLong(104, bytes.capacity()).putLong(112, 4096);
    bytes.put(HEADER_BYTES, CODE);
  }

  /** Puts a wrong value into a field of the header, or a bit, or where the program begins. */
  TinyElf damage(Random random) {
    int[] longs = {24, 32, 72, 80, 88, 96, 104, 112};
    int[] shorts = {16, 18, 52, 54, 56};
    switch (random.nextInt(4)) {
      case 0 -> bytes.putLong(longs[random.nextInt(longs.length)], number(random));
      case 1 -> bytes.putShort(shorts[random.nextInt(shorts.length)], (short) number(random));
      case 2 -> {
        int at = random.nextInt(HEADER_BYTES);
        bytes.put(at, (byte) (bytes.get(at) ^ (1 << random.nextInt(8))));
      }
      default -> {
        long address = number(random);
        bytes.putLong(80, address).putLong(24, address + HEADER_BYTES);
      }
    }
    return this;
  }

  private static long number(Random random) {
    long[] edges = {
      0,
      1,
      4095,
      4096,
      0x10000,
      0x400001,
      1L << 32,
      (1L << 47) - 8192,
      (1L << 47) - 4096,
      1L << 47,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      -1,
      -4096
    };
    return random.nextInt(4) == 0 ? random.nextLong() : edges[random.nextInt(edges.length)];
  }

  /** Whether it would run its code: not what else is in its one segment. */
  boolean beginsAtItsCode() {
    return bytes.getLong(24) - bytes.getLong(80) + bytes.getLong(72) == HEADER_BYTES;
  }

  byte[] bytes() {
    return bytes.array().clone();
  }
}
