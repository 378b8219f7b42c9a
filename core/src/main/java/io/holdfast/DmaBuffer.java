package io.holdfast;

import io.holdfast.engine.LiveMapping;
import io.holdfast.engine.SessionEngine;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import java.lang.foreign.MemorySegment;

/**
 * Memory that devices and the driver share: mapped for the device at an IOVA, pinned at physical
 * addresses.
 *
 * <p>Without an IOMMU a device uses the physical addresses. They have been verified, stay the same
 * until the buffer is closed, and are the same again after a live update. Behind an IOMMU a device
 * uses the IOVAs, which are the same again, too; the kernel tells no physical addresses there.
 * {@link #dmaAddress} is right for both. Thread-safe; {@link #dmaAddress} and {@link
 * #physicalAddress} neither lock nor allocate.
 */
public final class DmaBuffer implements AutoCloseable {
  private final SessionEngine engine;
  private final LiveMapping mapping;

  DmaBuffer(SessionEngine engine, LiveMapping mapping) {
    this.engine = engine;
    this.mapping = mapping;
  }

  /** Its name within its IOAS. */
  public String name() {
    return mapping.state().name();
  }

  /** Its length in bytes, a multiple of the page size. */
  public long lengthBytes() {
    return mapping.iova().lengthBytes();
  }

  /** Where it is mapped in its IOAS. */
  public IovaRange iova() {
    return mapping.iova();
  }

  /** Its memory, usable by any thread until the buffer or the session is closed. */
  public MemorySegment segment() {
    return mapping.segment();
  }

  /**
   * What a device of its IOAS addresses the byte at an offset by: the physical address, or the IOVA
   * where the devices are behind an IOMMU.
   *
   * @param offsetBytes 0 up to the length
   * @throws IllegalStateException if the buffer is not pinned: it is closed, or its IOAS has no
   *     device any more
   */
  public long dmaAddress(long offsetBytes) {
    return mapping.pinned().address(offsetBytes);
  }

  /**
   * The physical address of the byte at an offset.
   *
   * @param offsetBytes 0 up to the length
   * @throws IllegalStateException if the buffer is not pinned: it is closed, or its IOAS has no
   *     device any more
   * @throws UnsupportedOperationException if the devices of its IOAS are behind an IOMMU: they have
   *     no use for physical addresses, and the kernel tells none
   */
  public long physicalAddress(long offsetBytes) {
    return mapping.physicalAddress(offsetBytes);
  }

  /**
   * How many bytes from an offset on follow each other for a device, in physical memory or, behind
   * an IOMMU, in IOVAs: at least 1, at most what is left of the buffer. Neither locks nor
   * allocates.
   *
   * @param offsetBytes 0 up to the length
   * @throws IllegalStateException if the buffer is not pinned, as with {@link #physicalAddress}
   */
  public long contiguousBytes(long offsetBytes) {
    return mapping.pinned().contiguousBytes(offsetBytes);
  }

  /**
   * A part of it, with everything that belongs to the part.
   *
   * @param offsetBytes where it begins
   * @param lengthBytes how long it is, at least 1
   * @throws IndexOutOfBoundsException if it is not within the buffer
   */
  public DmaSlice slice(long offsetBytes, long lengthBytes) {
    checkRange(offsetBytes, lengthBytes);
    return new DmaSlice(mapping, offsetBytes, lengthBytes);
  }

  void checkRange(long offsetBytes, long lengthBytes) {
    if (offsetBytes < 0 || lengthBytes < 1 || offsetBytes > lengthBytes() - lengthBytes) {
      throw new IndexOutOfBoundsException(
          "%d bytes at offset %d of %s, which has %d"
              .formatted(lengthBytes, offsetBytes, name(), lengthBytes()));
    }
  }

  LiveMapping mapping() {
    return mapping;
  }

  /**
   * Its physical extents, in the order of its offsets.
   *
   * @throws IllegalStateException if the buffer is not pinned, as with {@link #physicalAddress}
   * @throws UnsupportedOperationException as {@link #physicalAddress}
   */
  public ExtentList extents() {
    return mapping.extents();
  }

  /** Whether it came over a live update, with its content. */
  public boolean isRestored() {
    return mapping.isRestored();
  }

  /** Unmaps it and frees its memory. The devices must have stopped using it. */
  @Override
  public void close() {
    engine.release(mapping);
  }
}
