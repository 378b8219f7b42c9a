package io.holdfast.cli.demo;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * Bytes that look random and can be made again from the demo's seed and a buffer's name.
 * Thread-safe.
 */
record Pattern(long seed, String name) {
  /** Fills memory whose length is a multiple of 8 bytes. */
  void fill(MemorySegment memory) {
    SplittableRandom random = random();
    for (long offset = 0; offset < memory.byteSize(); offset += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, random.nextLong());
    }
  }

  /** How many bytes of memory are not as they were filled. */
  long differences(MemorySegment memory) {
    SplittableRandom random = random();
    long differences = 0;
    for (long offset = 0; offset < memory.byteSize(); offset += Long.BYTES) {
      long wrong = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset) ^ random.nextLong();
      for (; wrong != 0; wrong >>>= Byte.SIZE) {
        differences += (wrong & 0xff) == 0 ? 0 : 1;
      }
    }
    return differences;
  }

  private SplittableRandom random() {
    return new SplittableRandom(seed ^ ((long) name.hashCode() << Integer.SIZE));
  }
}
