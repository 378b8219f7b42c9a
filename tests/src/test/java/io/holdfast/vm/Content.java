package io.holdfast.vm;

import io.holdfast.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.zip.CRC32C;

/** What the scenarios fill buffers with, and how they know it again. */
final class Content {
  private static final int BLOCK_BYTES = 1 << 20;
  private static final int PAGE_BYTES = 4096;

  private Content() {}

  /** Random bytes that a seed reproduces. */
  static byte[] random(long seed, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /**
   * Fills a buffer so that each page differs from every other of it, and from itself under another
   * seed.
   */
  static void fill(DmaBuffer buffer, long seed) {
    MemorySegment block = MemorySegment.ofArray(random(seed, BLOCK_BYTES));
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += BLOCK_BYTES) {
      long length = Math.min(BLOCK_BYTES, memory.byteSize() - offset);
      MemorySegment.copy(block, 0, memory, offset, length);
    }
    for (long offset = 0; offset < memory.byteSize(); offset += PAGE_BYTES) {
      memory.set(ValueLayout.JAVA_LONG, offset, offset ^ seed);
    }
  }

  /** The CRC-32C of all of a buffer's bytes, in hex. */
  static String checksum(DmaBuffer buffer) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.segment().asByteBuffer());
    return Long.toHexString(crc.getValue());
  }

  /** Fails unless these bytes are in a buffer at an offset. */
  static void expect(DmaBuffer buffer, long offsetBytes, byte[] bytes, String what) {
    MemorySegment found = buffer.segment().asSlice(offsetBytes, bytes.length);
    long difference = found.mismatch(MemorySegment.ofArray(bytes));
    Results.require(
        difference < 0,
        "%s: \"%s\" differs at byte %d (physical address 0x%x)",
        what,
        buffer.name(),
        offsetBytes + difference,
        difference < 0 ? 0 : buffer.physicalAddress(offsetBytes + difference));
  }
}
