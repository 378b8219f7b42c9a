package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.SyscallsHost;
import io.holdfast.engine.HostProcess;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.TracingSyscalls;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.Requests;
import java.nio.file.Path;

/**
 * The machine a verb works on, as {@code --host} names it, traced where {@code --trace} asks for
 * it.
 */
final class OpenHost {
  private static final String SIMULATED_PREFIX = "sim:";

  private OpenHost() {}

  /** Opens the host; closing what is returned closes it. */
  static Host of(HoldfastCommand tool, Console console) {
    Host host = tool.openHost();
    return tool.wantsTrace() ? new Traced(host, console) : host;
  }

  /** How a host's kernel is called. */
  static Syscalls syscalls(Host host) {
    return HostProcess.of(host).syscalls();
  }

  /** The host that {@code --host} names. */
  static Host named(String text) {
    if (text.equals("local")) {
      return Host.local();
    }
    if (text.startsWith(SIMULATED_PREFIX) && text.length() > SIMULATED_PREFIX.length()) {
      return SimulatedHost.open(Path.of(text.substring(SIMULATED_PREFIX.length())));
    }
    throw new VerbException(
        ExitCode.USAGE,
        "not a host: \"" + text + "\"; use \"local\" or \"sim:DIRECTORY\"",
        "see holdfast --help");
  }

  /** A host whose calls are written down; closing it closes the host behind it too. */
  private static final class Traced implements Host, HostProcess.Access {
    private final Host host;
    private final SyscallsHost traced;

    Traced(Host host, Console console) {
      HostProcess process = HostProcess.of(host);
      this.host = host;
      this.traced =
          new SyscallsHost(
              process.calledBy(
                  new TracingSyscalls(process.syscalls(), new Requests(), console.err())),
              host.describe());
    }

    @Override
    public HostProcess process() {
      return traced.process();
    }

    @Override
    public String describe() {
      return host.describe();
    }

    @Override
    public void close() {
      traced.close();
      host.close();
    }
  }
}
