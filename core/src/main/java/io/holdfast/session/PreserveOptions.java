package io.holdfast.session;

/**
 * How a session is preserved. Immutable.
 *
 * @param checksums whether a CRC-32C of every memfd is sealed with it, so that the restore proves
 *     the bytes too; needs devices that have stopped writing, and reads all memory once on each
 *     side. Memfds that are mapped behind an IOMMU get one in any case, where nothing may write
 *     them: there are no physical addresses to compare
 * @param offerDevices whether PRESERVE_FD is called for the iommufd and the devices too. Linux 7.3
 *     refuses both. A kernel that accepts a device gives it back unbound; what was accepted is
 *     recorded. If a kernel accepts the iommufd, preserving fails, because this version cannot
 *     bring it back and the session could never be finished
 * @param devicesMayWrite whether devices may be bus masters meanwhile: what they write until the
 *     kexec clears that reaches the next kernel, in the same pages
 */
public record PreserveOptions(boolean checksums, boolean offerDevices, boolean devicesMayWrite) {
  /**
   * Addresses are proved, bytes are the kernel's word; only memory is preserved, and only while no
   * device can write it.
   */
  public static PreserveOptions defaults() {
    return new PreserveOptions(false, false, false);
  }

  /** With a checksum of every memfd. */
  public PreserveOptions withChecksums() {
    return new PreserveOptions(true, offerDevices, devicesMayWrite);
  }

  /** With PRESERVE_FD for devices and the iommufd. */
  public PreserveOptions withDevicesOffered() {
    return new PreserveOptions(checksums, true, devicesMayWrite);
  }

  /**
   * While devices go on writing: for a driver that preserves first and stops its device afterwards,
   * which makes the outage shorter. It has to stop it before the kexec all the same, or be ready to
   * find commands half done. Not with checksums, which what is written then would not match.
   */
  public PreserveOptions whileDevicesWrite() {
    return new PreserveOptions(checksums, offerDevices, true);
  }
}
