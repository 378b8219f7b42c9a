package io.holdfast.session;

/**
 * How a session is preserved. Immutable.
 *
 * @param checksums whether a CRC-32C of every memfd is sealed with it, so that the restore proves
 *     the bytes too; needs devices that have stopped writing, and reads all memory once on each
 *     side
 * @param offerDevices whether PRESERVE_FD is called for the iommufd and the devices too. Linux 7.3
 *     refuses both. A kernel that accepts a device gives it back unbound; what was accepted is
 *     recorded. If a kernel accepts the iommufd, preserving fails, because this version cannot
 *     bring it back and the session could never be finished
 */
public record PreserveOptions(boolean checksums, boolean offerDevices) {
  /** Addresses are proved, bytes are the kernel's word; only memory is preserved. */
  public static PreserveOptions defaults() {
    return new PreserveOptions(false, false);
  }

  /** With a checksum of every memfd. */
  public PreserveOptions withChecksums() {
    return new PreserveOptions(true, offerDevices);
  }

  /** With PRESERVE_FD for devices and the iommufd. */
  public PreserveOptions withDevicesOffered() {
    return new PreserveOptions(checksums, true);
  }
}
