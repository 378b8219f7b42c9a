package io.holdfast.model;

/**
 * A run of physically contiguous bytes.
 *
 * @param physicalAddress where it starts (PA), at least 0
 * @param lengthBytes its length in bytes, greater than 0
 */
public record Extent(long physicalAddress, long lengthBytes) {
  public Extent {
    if (physicalAddress < 0 || lengthBytes <= 0 || physicalAddress + lengthBytes < 0) {
      throw new IllegalArgumentException(
          "not an extent: physical address 0x%x, length %d"
              .formatted(physicalAddress, lengthBytes));
    }
  }

  /** {@code 0x7ffc5000+4096}. */
  @Override
  public String toString() {
    return "0x%x+%d".formatted(physicalAddress, lengthBytes);
  }
}
