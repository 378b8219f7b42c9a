package io.holdfast;

import io.holdfast.disk.Disk;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;

/**
 * The machine a session lives on: the one this process runs on, or a simulated one.
 *
 * <p>Thread-safe. Close it after the sessions on it; for a simulated host that is the death of the
 * simulated process.
 */
public interface Host extends AutoCloseable {
  /** What begins the name of a simulated host. */
  String SIMULATED_PREFIX = "sim:";

  /** The machine this process runs on. */
  static Host local() {
    return new SyscallsHost(NativeSyscalls.open(), "the local host");
  }

  /**
   * A host behind these system calls, such as traced or fault-injecting ones; closing the host
   * closes them.
   */
  static Host of(Syscalls syscalls, String description) {
    return new SyscallsHost(syscalls, description);
  }

  /**
   * The host a text names: {@code local}, or {@code sim:FOLDER} for the simulated machine whose
   * state is that folder.
   *
   * @throws IllegalArgumentException if it names neither
   */
  static Host parse(String text) {
    if (text.equals("local")) {
      return local();
    }
    if (text.startsWith(SIMULATED_PREFIX) && text.length() > SIMULATED_PREFIX.length()) {
      return SimulatedHost.open(Path.of(text.substring(SIMULATED_PREFIX.length())));
    }
    throw new IllegalArgumentException(
        "not a host: \"" + text + "\"; use \"local\" or \"sim:FOLDER\"");
  }

  /** How the host is reached. */
  Syscalls syscalls();

  /** Where journals and manifests are kept; the local one for every host but those of tests. */
  default Disk disk() {
    return Disk.local();
  }

  /** The host in a few words, for messages. */
  String describe();

  @Override
  void close();
}
