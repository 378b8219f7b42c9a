package io.holdfast.model;

import java.util.OptionalLong;

/**
 * A memfd that DMA memory is cut from.
 *
 * @param token the live update token it is preserved under, greater than 0, unique in its session
 * @param name its name within the session
 * @param sizeBytes its size
 * @param origin who made it
 * @param crc32c the CRC-32C of its content when it was sealed, where that was asked for; 0 to 2^32-1
 * @param extensions fields of a newer minor format
 */
public record BackingFile(
    long token, String name, long sizeBytes, Origin origin, OptionalLong crc32c, Extensions extensions) {
  /** Who made a memfd. */
  public enum Origin {
    /** Holdfast, as a pool that buffers are cut from. */
    POOL,
    /** The driver, which brought it along. */
    CALLER
  }

  /** A backing file without a checksum or unknown fields. */
  public BackingFile(long token, String name, long sizeBytes, Origin origin) {
    this(token, name, sizeBytes, origin, OptionalLong.empty(), Extensions.NONE);
  }
}
