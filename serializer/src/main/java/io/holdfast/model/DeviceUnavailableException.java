package io.holdfast.model;

/**
 * A device that cannot be used: absent, under another driver, behind an IOMMU, or not the one
 * expected.
 */
public final class DeviceUnavailableException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  /** Says which device and why, and what to do. */
  public DeviceUnavailableException(String problem, String remedy) {
    super(problem, remedy);
  }

  /** As above, with what caused it. */
  public DeviceUnavailableException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
