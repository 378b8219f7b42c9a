package io.holdfast.model;

import java.util.OptionalInt;

/**
 * One mapping of an I/O address space: a named buffer, where it is mapped, what is behind it.
 *
 * <p>Immutable and thread-safe. Constructing one with a missing or impossible value is answered
 * with {@link IllegalArgumentException}.
 *
 * @param name the buffer's name, unique within its IOAS; by {@link Names#check}
 * @param iova where the device sees it
 * @param readable whether the device may read it
 * @param writeable whether the device may write it; it may do at least one of the two
 * @param backing what its memory is
 * @param policy what a restore does when it cannot be brought back
 * @param extents the physical extents that were pinned for it, in order; as long as the range, or
 *     {@link ExtentList#EMPTY} while nothing is pinned
 * @param numaNode the NUMA node that it was made on, if one was asked for
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
    OptionalInt numaNode,
    Extensions extensions) {
  /** How many NUMA nodes Linux has at most: their numbers are less. */
  public static final int MOST_NUMA_NODES = 1024;

  public MappingState {
    Names.check("the name of a mapping", name);
    Checks.notNull("the IOVA range of a mapping", iova);
    Checks.notNull("the backing of a mapping", backing);
    Checks.notNull("the policy of a mapping", policy);
    Checks.notNull("the extents of a mapping", extents);
    Checks.notNull("the NUMA node of a mapping", numaNode);
    Checks.notNull("the extensions of a mapping", extensions);
    if (numaNode.isPresent()
        && (numaNode.getAsInt() < 0 || numaNode.getAsInt() >= MOST_NUMA_NODES)) {
      throw new IllegalArgumentException(
          "the NUMA node of the mapping \"%s\" is %d, not 0 to %d"
              .formatted(name, numaNode.getAsInt(), MOST_NUMA_NODES - 1));
    }
    if (!readable && !writeable) {
      throw new IllegalArgumentException(
          "the mapping \"" + name + "\" can be neither read nor written by the device");
    }
    if (extents.size() > 0 && extents.lengthBytes() != iova.lengthBytes()) {
      throw new IllegalArgumentException(
          "the extents of the mapping \""
              + name
              + "\" are "
              + extents.lengthBytes()
              + " bytes, its IOVA range is "
              + iova.lengthBytes());
    }
  }

  /** What a mapping's memory is. */
  public sealed interface Backing permits File, Anonymous {}

  /**
   * A part of a memfd, which a live update preserves.
   *
   * @param token the backing file's token, greater than 0
   * @param offsetBytes where in the file the mapping starts, in bytes, at least 0
   */
  public record File(long token, long offsetBytes) implements Backing {
    public File {
      Checks.atLeast("the token of a mapping's file", token, 1);
      Checks.atLeast("the offset of a mapping in its file", offsetBytes, 0);
    }
  }

  /**
   * Memory at an address of the process, which nothing preserves.
   *
   * @param declaredTransient whether the driver said that it may be lost; if not, preserving is
   *     refused
   */
  public record Anonymous(boolean declaredTransient) implements Backing {}

  /** A mapping that no NUMA node was asked for. */
  public MappingState(
      String name,
      IovaRange iova,
      boolean readable,
      boolean writeable,
      Backing backing,
      Policy policy,
      ExtentList extents,
      Extensions extensions) {
    this(
        name, iova, readable, writeable, backing, policy, extents, OptionalInt.empty(), extensions);
  }

  /** A mapping that no NUMA node was asked for, without unknown fields. */
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
    return new MappingState(
        name, iova, readable, writeable, backing, policy, newExtents, numaNode, extensions);
  }
}
