package io.holdfast;

import static io.holdfast.uapi.VfioUapi.VFIO_REGION_INFO_FLAG_MMAP;

import io.holdfast.engine.LiveDevice;
import io.holdfast.linux.VfioCdev;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A region of a device: a BAR, the ROM or the configuration space.
 *
 * <p>Offsets are bytes from the region's start, values little-endian as on the bus. Reads and
 * writes are system calls of the given width; {@link #map} gives direct access. Thread-safe.
 */
public final class DeviceRegion {
  private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final LiveDevice device;
  private final VfioCdev cdev;
  private final VfioCdev.Region region;

  DeviceRegion(LiveDevice device, VfioCdev.Region region) {
    this.device = device;
    this.cdev = device.cdev();
    this.region = region;
  }

  /** Its size in bytes; 0 if the device has no such region. */
  public long sizeBytes() {
    return region.sizeBytes();
  }

  /** Whether {@link #map} works. */
  public boolean isMappable() {
    return (region.flags() & VFIO_REGION_INFO_FLAG_MMAP) != 0;
  }

  /** Reads 8 bits, 0 to 0xff. */
  public int read8(long offset) {
    return (int) read(offset, 1) & 0xff;
  }

  /** Reads 16 bits, 0 to 0xffff. */
  public int read16(long offset) {
    return (int) read(offset, 2) & 0xffff;
  }

  /** Reads 32 bits. */
  public int read32(long offset) {
    return (int) read(offset, 4);
  }

  /** Reads 64 bits. */
  public long read64(long offset) {
    return read(offset, 8);
  }

  /** Writes the low 8 bits of a value. */
  public void write8(long offset, int value) {
    write(offset, 1, value);
  }

  /** Writes the low 16 bits of a value. */
  public void write16(long offset, int value) {
    write(offset, 2, value);
  }

  /** Writes 32 bits. */
  public void write32(long offset, int value) {
    write(offset, 4, value);
  }

  /** Writes 64 bits. */
  public void write64(long offset, long value) {
    write(offset, 8, value);
  }

  /** Maps the region into this process; it is unmapped with the device at the latest. */
  public MappedRegion map() {
    if (!isMappable()) {
      throw new IllegalStateException(
          "region " + region.index() + " of " + cdev.what() + " cannot be mapped");
    }
    return new MappedRegion(device.map(region));
  }

  private long read(long offset, int widthBytes) {
    check(offset, widthBytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(8, 8);
      cdev.read(value.asSlice(0, widthBytes), region.offsetBytes() + offset);
      return value.get(LITTLE_ENDIAN_LONG, 0);
    }
  }

  private void write(long offset, int widthBytes, long bits) {
    check(offset, widthBytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(8, 8);
      value.set(LITTLE_ENDIAN_LONG, 0, bits);
      cdev.write(value.asSlice(0, widthBytes), region.offsetBytes() + offset);
    }
  }

  private void check(long offset, int widthBytes) {
    if (offset < 0 || offset > region.sizeBytes() - widthBytes) {
      throw new IndexOutOfBoundsException(
          "offset %d, width %d in region %d of %d bytes"
              .formatted(offset, widthBytes, region.index(), region.sizeBytes()));
    }
  }
}
