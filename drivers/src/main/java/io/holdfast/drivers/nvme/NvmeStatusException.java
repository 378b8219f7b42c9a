package io.holdfast.drivers.nvme;

/** A command ended with an error; the controller works on. */
public final class NvmeStatusException extends NvmeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  NvmeStatusException(String command, int status) {
    super(command + " failed: " + NvmeStatus.describe(status), "");
    this.status = status;
  }

  /** What the controller said, as {@link NvmeStatus} has it. */
  public int status() {
    return status;
  }
}
