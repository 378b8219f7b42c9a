package io.holdfast.drivers.nvme;

/**
 * A command that is outstanding.
 *
 * @param tag what its sender calls it
 * @param kind what it does
 * @param namespace to which namespace
 * @param block the first block; 0 for a flush
 * @param blocks how many; 0 for a flush
 */
public record NvmeCommand(long tag, Kind kind, int namespace, long block, long blocks) {
  /** What commands do. */
  public enum Kind {
    /** Makes what was written last. */
    FLUSH,
    /** Writes blocks. */
    WRITE,
    /** Reads blocks. */
    READ,
    /** Says that blocks are not needed any more. */
    DEALLOCATE
  }
}
