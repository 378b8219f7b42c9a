package io.holdfast.model;

import java.util.OptionalLong;

/**
 * A memfd that DMA memory is cut from.
 *
 * <p>Immutable and thread-safe. Constructing one with a value outside the ranges below, or with a
 * missing one, is answered with {@link IllegalArgumentException}.
 *
 * @param token the live update token it is preserved under, greater than 0, unique in its session
 * @param name its name, unique within the session; by {@link Names#check}
 * @param sizeBytes its size in bytes, greater than 0; not necessarily whole pages
 * @param origin who made it
 * @param crc32c the CRC-32C of its content when it was sealed, where that was asked for; 0 to
 *     2^32-1
 * @param extensions fields of a newer minor format
 */
public record BackingFile(
    long token,
    String name,
    long sizeBytes,
    Origin origin,
    OptionalLong crc32c,
    Extensions extensions) {
  public BackingFile {
    Checks.atLeast("the token of a backing file", token, 1);
    Names.check("the name of a backing file", name);
    Checks.atLeast("the size of a backing file in bytes", sizeBytes, 1);
    Checks.notNull("the origin of a backing file", origin);
    Checks.notNull("the CRC-32C of a backing file", crc32c);
    if (crc32c.isPresent()) {
      Checks.within("the CRC-32C of a backing file", crc32c.getAsLong(), 0xffff_ffffL);
    }
    Checks.notNull("the extensions of a backing file", extensions);
  }

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

  /** The same file with the checksum of its content, or without. */
  public BackingFile withCrc32c(OptionalLong newCrc32c) {
    return new BackingFile(token, name, sizeBytes, origin, newCrc32c, extensions);
  }

  /** The same file with another size, in bytes. */
  public BackingFile withSizeBytes(long newSizeBytes) {
    return new BackingFile(token, name, newSizeBytes, origin, crc32c, extensions);
  }
}
