package io.holdfast;

import io.holdfast.engine.LiveRegion;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A region of a device: a BAR, the ROM or the configuration space.
 *
 * <p>Offsets are bytes from the region's start and multiples of the access's width; values are
 * little-endian as on the bus. Each access is one access of the device, of just that width, and
 * allocates nothing. A BAR is mapped into the process when it is first asked for, and unmapped with
 * its device; a region that the kernel does not map is reached by system calls, through the same
 * methods. After the device is closed, every access fails with an {@link IllegalStateException}.
 *
 * <p><b>Ordering.</b> There are three kinds of access, as in the kernel:
 *
 * <ul>
 *   <li>{@code get32} and {@code put32} (the kernel's {@code readl} and {@code writel}) are ordered
 *       with the memory that the device reaches by DMA: what was written to a {@link DmaBuffer}
 *       before a {@code put} is there for the device when the register is written, so that a
 *       doorbell needs no barrier; and what is read from it after a {@code get} is not older than
 *       the register's value. They are release and acquire accesses.
 *   <li>{@code get32Opaque} and {@code put32Opaque} ({@code readl_relaxed}, {@code writel_relaxed})
 *       are in order with other accesses of the same register only. {@link #writeBarrier} and
 *       {@link #readBarrier} order them with memory: one barrier for many registers.
 *   <li>{@code get32Plain} and {@code put32Plain} may be merged, repeated or left out by the
 *       compiler. They are for memory in a BAR that has no side effects.
 * </ul>
 *
 * <p>On x86 the first two are the same instructions, since a BAR is mapped uncached and the
 * processor keeps stores in order. On arm64 a BAR is device memory, and release and acquire are
 * what orders it with normal memory; Holdfast has been tried on x86 only. A write is <i>posted</i>:
 * it may reach the device after later instructions of the processor. {@link #flush} waits for it.
 *
 * <p>There is no {@link MemorySegment} of a BAR: copying or filling one may use accesses of any
 * width, twice, and unaligned. {@link #read}, {@link #write} and {@link #fill} copy by 32 bits.
 *
 * <p>Thread-safe: what two threads do to a register at the same time is the device's business.
 */
public final class DeviceRegion {
  private static final VarHandle BYTES = ValueLayout.JAVA_BYTE.varHandle();
  private static final VarHandle SHORTS =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle INTS =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle LONGS =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

  private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final LiveRegion region;
  private final MemorySegment memory;
  private final long sizeBytes;

  DeviceRegion(LiveRegion region) {
    this.region = region;
    this.memory = region.memory();
    this.sizeBytes = region.sizeBytes();
  }

  /** Its size in bytes; 0 if the device has no such region. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Whether it is mapped into the process; if not, each access is a system call. */
  public boolean isMapped() {
    return memory != null;
  }

  /** Reads 8 bits, 0 to 0xff. */
  public int get8(long offset) {
    check(offset, 1);
    return (memory == null ? (int) region.read(offset, 1) : (byte) BYTES.getAcquire(memory, offset))
        & 0xff;
  }

  /** Writes the low 8 bits of a value. */
  public void put8(long offset, int value) {
    check(offset, 1);
    if (memory == null) {
      region.write(offset, 1, value);
    } else {
      BYTES.setRelease(memory, offset, (byte) value);
    }
  }

  /** As {@link #get8}, opaque. */
  public int get8Opaque(long offset) {
    check(offset, 1);
    return (memory == null ? (int) region.read(offset, 1) : (byte) BYTES.getOpaque(memory, offset))
        & 0xff;
  }

  /** As {@link #put8}, opaque. */
  public void put8Opaque(long offset, int value) {
    check(offset, 1);
    if (memory == null) {
      region.write(offset, 1, value);
    } else {
      BYTES.setOpaque(memory, offset, (byte) value);
    }
  }

  /** As {@link #get8}, plain. */
  public int get8Plain(long offset) {
    check(offset, 1);
    return (memory == null ? (int) region.read(offset, 1) : (byte) BYTES.get(memory, offset))
        & 0xff;
  }

  /** As {@link #put8}, plain. */
  public void put8Plain(long offset, int value) {
    check(offset, 1);
    if (memory == null) {
      region.write(offset, 1, value);
    } else {
      BYTES.set(memory, offset, (byte) value);
    }
  }

  /** Reads 16 bits, 0 to 0xffff. */
  public int get16(long offset) {
    check(offset, 2);
    return (memory == null
            ? (int) region.read(offset, 2)
            : (short) SHORTS.getAcquire(memory, offset))
        & 0xffff;
  }

  /** Writes the low 16 bits of a value. */
  public void put16(long offset, int value) {
    check(offset, 2);
    if (memory == null) {
      region.write(offset, 2, value);
    } else {
      SHORTS.setRelease(memory, offset, (short) value);
    }
  }

  /** As {@link #get16}, opaque. */
  public int get16Opaque(long offset) {
    check(offset, 2);
    return (memory == null
            ? (int) region.read(offset, 2)
            : (short) SHORTS.getOpaque(memory, offset))
        & 0xffff;
  }

  /** As {@link #put16}, opaque. */
  public void put16Opaque(long offset, int value) {
    check(offset, 2);
    if (memory == null) {
      region.write(offset, 2, value);
    } else {
      SHORTS.setOpaque(memory, offset, (short) value);
    }
  }

  /** As {@link #get16}, plain. */
  public int get16Plain(long offset) {
    check(offset, 2);
    return (memory == null ? (int) region.read(offset, 2) : (short) SHORTS.get(memory, offset))
        & 0xffff;
  }

  /** As {@link #put16}, plain. */
  public void put16Plain(long offset, int value) {
    check(offset, 2);
    if (memory == null) {
      region.write(offset, 2, value);
    } else {
      SHORTS.set(memory, offset, (short) value);
    }
  }

  /** Reads 32 bits. */
  public int get32(long offset) {
    check(offset, 4);
    return memory == null ? (int) region.read(offset, 4) : (int) INTS.getAcquire(memory, offset);
  }

  /** Writes 32 bits. */
  public void put32(long offset, int value) {
    check(offset, 4);
    if (memory == null) {
      region.write(offset, 4, value);
    } else {
      INTS.setRelease(memory, offset, value);
    }
  }

  /** As {@link #get32}, opaque. */
  public int get32Opaque(long offset) {
    check(offset, 4);
    return memory == null ? (int) region.read(offset, 4) : (int) INTS.getOpaque(memory, offset);
  }

  /** As {@link #put32}, opaque. */
  public void put32Opaque(long offset, int value) {
    check(offset, 4);
    if (memory == null) {
      region.write(offset, 4, value);
    } else {
      INTS.setOpaque(memory, offset, value);
    }
  }

  /** As {@link #get32}, plain. */
  public int get32Plain(long offset) {
    check(offset, 4);
    return memory == null ? (int) region.read(offset, 4) : (int) INTS.get(memory, offset);
  }

  /** As {@link #put32}, plain. */
  public void put32Plain(long offset, int value) {
    check(offset, 4);
    if (memory == null) {
      region.write(offset, 4, value);
    } else {
      INTS.set(memory, offset, value);
    }
  }

  /** Reads 64 bits. */
  public long get64(long offset) {
    check(offset, 8);
    return memory == null ? region.read(offset, 8) : (long) LONGS.getAcquire(memory, offset);
  }

  /** Writes 64 bits. */
  public void put64(long offset, long value) {
    check(offset, 8);
    if (memory == null) {
      region.write(offset, 8, value);
    } else {
      LONGS.setRelease(memory, offset, value);
    }
  }

  /** As {@link #get64}, opaque. */
  public long get64Opaque(long offset) {
    check(offset, 8);
    return memory == null ? region.read(offset, 8) : (long) LONGS.getOpaque(memory, offset);
  }

  /** As {@link #put64}, opaque. */
  public void put64Opaque(long offset, long value) {
    check(offset, 8);
    if (memory == null) {
      region.write(offset, 8, value);
    } else {
      LONGS.setOpaque(memory, offset, value);
    }
  }

  /** As {@link #get64}, plain. */
  public long get64Plain(long offset) {
    check(offset, 8);
    return memory == null ? region.read(offset, 8) : (long) LONGS.get(memory, offset);
  }

  /** As {@link #put64}, plain. */
  public void put64Plain(long offset, long value) {
    check(offset, 8);
    if (memory == null) {
      region.write(offset, 8, value);
    } else {
      LONGS.set(memory, offset, value);
    }
  }

  /**
   * Reads memory of the device, 32 bits at a time, each of them once and in ascending order.
   *
   * @param offset where it begins, a multiple of 4
   * @param target where it goes; its size is how much is read, a multiple of 4
   */
  public void read(long offset, MemorySegment target) {
    checkRange(offset, target.byteSize());
    for (long at = 0; at < target.byteSize(); at += Integer.BYTES) {
      target.set(LITTLE_ENDIAN_INT, at, get32Opaque(offset + at));
    }
    readBarrier();
  }

  /**
   * Writes memory of the device, 32 bits at a time, each of them once and in ascending order.
   *
   * @param offset where it begins, a multiple of 4
   * @param source what is written; its size is a multiple of 4
   */
  public void write(long offset, MemorySegment source) {
    checkRange(offset, source.byteSize());
    writeBarrier();
    for (long at = 0; at < source.byteSize(); at += Integer.BYTES) {
      put32Opaque(offset + at, source.get(LITTLE_ENDIAN_INT, at));
    }
  }

  /**
   * Writes the same 32 bits to a part of the region, in ascending order.
   *
   * @param offset where it begins, a multiple of 4
   * @param lengthBytes how much, a multiple of 4
   */
  public void fill(long offset, long lengthBytes, int value) {
    checkRange(offset, lengthBytes);
    writeBarrier();
    for (long at = 0; at < lengthBytes; at += Integer.BYTES) {
      put32Opaque(offset + at, value);
    }
  }

  /**
   * What was written to memory before is there for the device before any register written after.
   */
  public static void writeBarrier() {
    VarHandle.releaseFence();
  }

  /** What is read from memory after is not older than any register read before. */
  public static void readBarrier() {
    VarHandle.acquireFence();
  }

  /**
   * Waits until everything written to the device so far has reached it: asks it something, and on a
   * PCI bus a question does not overtake what was written before it. Its class is asked for, in the
   * configuration space, so that no register notices.
   */
  public void flush() {
    VarHandle.fullFence();
    int _ = region.readClass();
  }

  private void check(long offset, int widthBytes) {
    if (offset < 0 || offset > sizeBytes - widthBytes || (offset & widthBytes - 1) != 0) {
      throw refusal(offset, widthBytes);
    }
  }

  private void checkRange(long offset, long lengthBytes) {
    if (offset < 0
        || lengthBytes < 0
        || offset > sizeBytes - lengthBytes
        || ((offset | lengthBytes) & Integer.BYTES - 1) != 0) {
      throw refusal(offset, lengthBytes);
    }
  }

  private IndexOutOfBoundsException refusal(long offset, long lengthBytes) {
    return new IndexOutOfBoundsException(
        "an access of %d bytes at offset 0x%x of %s: it has %d bytes, and accesses are aligned"
            .formatted(lengthBytes, offset, region.what(), sizeBytes));
  }
}
