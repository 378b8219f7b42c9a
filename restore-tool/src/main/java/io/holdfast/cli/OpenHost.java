package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.TracingSyscalls;
import io.holdfast.uapi.Requests;

/**
 * The machine a verb works on, as {@code --host} names it, traced where {@code --trace} asks for
 * it.
 */
final class OpenHost {
  private OpenHost() {}

  /** Opens the host; closing what is answered closes it. */
  static Host of(HoldfastCommand tool, Console console) {
    Host host = parse(tool.host());
    return tool.wantsTrace()
        ? new Traced(host, new TracingSyscalls(host.syscalls(), new Requests(), console.err()))
        : host;
  }

  private static Host parse(String text) {
    try {
      return Host.parse(text);
    } catch (IllegalArgumentException e) {
      throw new VerbException(ExitCode.USAGE, e.getMessage(), "see holdfast --help");
    }
  }

  /** A host whose calls are written down; closing it closes the host behind it too. */
  private record Traced(Host host, Syscalls syscalls) implements Host {
    @Override
    public String describe() {
      return host.describe();
    }

    @Override
    public void close() {
      syscalls.close();
      host.close();
    }
  }
}
