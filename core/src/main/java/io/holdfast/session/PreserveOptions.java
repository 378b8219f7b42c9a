package io.holdfast.session;

/**
 * How a session is preserved. Immutable.
 *
 * @param checksums whether a CRC-32C of every memfd is sealed with it, so that the restore proves
 *     the bytes too; needs devices that have stopped writing, and reads all memory once on each
 *     side
 */
public record PreserveOptions(boolean checksums) {
  /** Addresses are proved, bytes are the kernel's word. */
  public static PreserveOptions defaults() {
    return new PreserveOptions(false);
  }

  /** With a checksum of every memfd. */
  public PreserveOptions withChecksums() {
    return new PreserveOptions(true);
  }
}
