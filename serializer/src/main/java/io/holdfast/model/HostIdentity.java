package io.holdfast.model;

/**
 * Which machine, and what of its kernel must be alike on both sides of a kexec.
 *
 * @param machineId what stays for the life of the installation: {@code /etc/machine-id}, or the firmware's product UUID
 * @param kernelRelease {@code /proc/sys/kernel/osrelease}, for people
 * @param architecture such as {@code x86_64}
 * @param pageSizeBytes the page size
 * @param extensions fields of a newer minor format
 */
public record HostIdentity(
    String machineId, String kernelRelease, String architecture, int pageSizeBytes, Extensions extensions) {
  /** A host without unknown fields. */
  public HostIdentity(String machineId, String kernelRelease, String architecture, int pageSizeBytes) {
    this(machineId, kernelRelease, architecture, pageSizeBytes, Extensions.NONE);
  }
}
