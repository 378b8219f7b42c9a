package io.holdfast.engine;

import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.VfioDeviceFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A region of a device that is bound now: mapped into this process, or reached by system calls
 * where it cannot be mapped.
 *
 * <p>The engine's half of the public {@code DeviceRegion}. Thread-safe.
 */
public final class LiveRegion {
  private static final ValueLayout.OfLong BITS =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PCI_CLASS_REVISION = 8;

  private final VfioDeviceFile file;
  private final VfioDeviceFile.Region region;
  private final VfioDeviceFile.Region config;
  private final MappedMemory mapped;

  /** Where calls read to and write from: by their width in bytes. Guarded by this. */
  private final MemorySegment[] values = new MemorySegment[Long.BYTES + 1];

  /**
   * A region.
   *
   * @param config the device's configuration space
   * @param mapped the region's memory, which its device unmaps; null to reach it by calls
   */
  public LiveRegion(
      VfioDeviceFile file,
      VfioDeviceFile.Region region,
      VfioDeviceFile.Region config,
      MappedMemory mapped) {
    this.file = file;
    this.region = region;
    this.config = config;
    this.mapped = mapped;
    MemorySegment value = Arena.ofAuto().allocate(BITS);
    for (int widthBytes = 1; widthBytes <= Long.BYTES; widthBytes *= 2) {
      values[widthBytes] = value.asSlice(0, widthBytes);
    }
  }

  VfioDeviceFile.Region region() {
    return region;
  }

  /** Its size in bytes. */
  public long sizeBytes() {
    return region.sizeBytes();
  }

  /** Its memory, as long as the device is open; null where it is reached by calls. */
  public MemorySegment memory() {
    return mapped == null ? null : mapped.segment();
  }

  /** Reads 1, 2, 4 or 8 bytes by a system call; what is above them in the answer is undefined. */
  public long read(long offset, int widthBytes) {
    return read(region, offset, widthBytes);
  }

  /** Reads the device's class, which the kernel does not answer in its place. */
  public int readClass() {
    return (int) read(config, PCI_CLASS_REVISION, 4) >>> 8;
  }

  private synchronized long read(VfioDeviceFile.Region of, long offset, int widthBytes) {
    file.read(values[widthBytes], of.offsetBytes() + offset);
    return values[Long.BYTES].get(BITS, 0);
  }

  /** Writes the lowest 1, 2, 4 or 8 bytes by a system call. */
  public synchronized void write(long offset, int widthBytes, long bits) {
    values[Long.BYTES].set(BITS, 0, bits);
    file.write(values[widthBytes], region.offsetBytes() + offset);
  }

  /** What it is, for messages. */
  public String what() {
    return "region " + region.index() + " of " + file.what();
  }
}
