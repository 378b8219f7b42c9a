package io.holdfast.drivers.nvme;

/** Is told what became of commands. */
@FunctionalInterface
public interface NvmeHandler {
  /**
   * A command has ended. Its slot becomes free when this returns, so that as many commands as
   * before may be sent from here, but not one more; what it throws is thrown on, and the command is
   * told of again.
   *
   * @param tag what its sender called it
   * @param status {@link NvmeStatus#SUCCESS}, or why it failed
   */
  void completed(long tag, int status);
}
