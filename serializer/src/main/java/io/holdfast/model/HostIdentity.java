package io.holdfast.model;

/**
 * Which machine, and what of its kernel must be alike on both sides of a kexec.
 *
 * <p>Immutable and thread-safe. The texts are by {@link Names#check}; anything else is answered
 * with {@link IllegalArgumentException}.
 *
 * @param machineId what stays for the life of the installation: {@code /etc/machine-id}, or the
 *     firmware's product UUID
 * @param kernelRelease {@code /proc/sys/kernel/osrelease}, for people
 * @param architecture such as {@code x86_64}
 * @param pageSizeBytes the page size in bytes: a power of two, at least 4096
 * @param extensions fields of a newer minor format
 */
public record HostIdentity(
    String machineId,
    String kernelRelease,
    String architecture,
    int pageSizeBytes,
    Extensions extensions) {
  public HostIdentity {
    Names.check("the machine id", machineId);
    Names.check("the kernel release", kernelRelease);
    Names.check("the architecture", architecture);
    if (pageSizeBytes < 4096 || Integer.bitCount(pageSizeBytes) != 1) {
      throw new IllegalArgumentException(
          "the page size is " + pageSizeBytes + " bytes, must be a power of two and at least 4096");
    }
    Checks.notNull("the extensions of a host", extensions);
  }

  /** A host without unknown fields. */
  public HostIdentity(
      String machineId, String kernelRelease, String architecture, int pageSizeBytes) {
    this(machineId, kernelRelease, architecture, pageSizeBytes, Extensions.NONE);
  }
}
