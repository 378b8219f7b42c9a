package io.holdfast.model;

/**
 * One mapping of an I/O address space: a named buffer, where it is mapped, what is behind it.
 *
 * @param name the buffer's name, unique within its IOAS
 * @param iova where the device sees it
 * @param readable whether the device may read it
 * @param writeable whether the device may write it
 * @param backing what its memory is
 * @param policy what a restore does when it cannot be brought back
 * @param extents the physical extents that were pinned for it, in order; as long as the range
 * @param extensions fields of a newer minor format
 */
public record MappingState(
    String name,
    IovaRange iova,
    boolean readable,
    boolean writeable,
    Backing backing,
    Policy policy,
    ExtentList extents,
    Extensions extensions) {
  /** What a mapping's memory is. */
  public sealed interface Backing permits File, Anonymous {}

  /**
   * A part of a memfd, which a live update preserves.
   *
   * @param token the backing file's token
   * @param offsetBytes where in the file the mapping starts
   */
  public record File(long token, long offsetBytes) implements Backing {}

  /**
   * Memory at an address of the process, which nothing preserves.
   *
   * @param declaredTransient whether the driver said that it may be lost; if not, preserving is refused
   */
  public record Anonymous(boolean declaredTransient) implements Backing {}

  /** A mapping without unknown fields. */
  public MappingState(
      String name,
      IovaRange iova,
      boolean readable,
      boolean writeable,
      Backing backing,
      Policy policy,
      ExtentList extents) {
    this(name, iova, readable, writeable, backing, policy, extents, Extensions.NONE);
  }

  /** The same mapping with other extents. */
  public MappingState withExtents(ExtentList newExtents) {
    return new MappingState(name, iova, readable, writeable, backing, policy, newExtents, extensions);
  }
}
