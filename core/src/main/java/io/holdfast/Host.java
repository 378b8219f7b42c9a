package io.holdfast;

/**
 * The machine a session lives on: the one this process runs on, or a simulated one ({@code
 * io.holdfast.testing.SimulatedHost}).
 *
 * <p>Thread-safe. Close it after the sessions on it; for a simulated host that is the death of the
 * simulated process.
 */
public interface Host extends AutoCloseable {
  /**
   * The machine this process runs on.
   *
   * @throws io.holdfast.sys.NativeAccessDeniedException if the JVM forbids native access
   */
  static Host local() {
    return SyscallsHost.local();
  }

  /** The host in a few words, for messages. */
  String describe();

  @Override
  void close();
}
