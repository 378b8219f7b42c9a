package io.holdfast.sim;

/**
 * Thrown out of a system call in which the simulated process was killed, by the OOM killer or by a
 * test.
 *
 * <p>An {@link Error}, so that a driver's own exception handling does not survive what no process
 * survives. When it is thrown the process is dead already: its descriptors are closed as a kernel
 * closes them.
 */
public final class ProcessKilled extends Error {
  private static final long serialVersionUID = 1L;

  ProcessKilled(String cause) {
    super(cause);
  }
}
