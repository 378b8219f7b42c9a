package io.holdfast.cli;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.PreserveOptions;
import io.holdfast.testing.SimulatedHost;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lives whole live updates on a simulated machine and runs the verbs that an update needs, so that
 * the JVM can archive the classes that takes: {@code ToolRehearsal DIRECTORY}, an empty one. The
 * launcher and the package make their archives by it.
 */
final class ToolRehearsal {
  private static final String SESSION = "rehearsal";
  private static final int BUFFERS = 5;

  /** The one of a standard machine. */
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");

  private final Path machine;
  private final Path state;

  private ToolRehearsal(Path directory) {
    this.machine = directory.resolve("machine");
    this.state = directory.resolve("state");
  }

  /** Rehearses; exits with 1 where a verb does not end as it should. */
  public static void main(String[] arguments) {
    ToolRehearsal rehearsal = new ToolRehearsal(Path.of(arguments[0]));
    rehearsal.preserve();
    rehearsal.run(ExitCode.OK, "inspect", "--session", SESSION);
    rehearsal.run(ExitCode.OK, "inspect", rehearsal.state.toString());
    rehearsal.run(ExitCode.OK, "plan", "--session", SESSION);
    rehearsal.run(ExitCode.OK, "plan", "--session", SESSION, "--json");
    rehearsal.run(ExitCode.OK, "sessions");
    rehearsal.run(ExitCode.NOT_ALLOWED_NOW, "restore", "--session", SESSION);
    rehearsal.run(ExitCode.OK, "restore", "--session", SESSION, "--consume");
    rehearsal.preserve();
    rehearsal.run(ExitCode.OK, "verify", "--session", SESSION, "--consume");
    rehearsal.preserve();
    rehearsal.run(ExitCode.OK, "restore", "--session", SESSION, "--consume", "--json");
    rehearsal.run(ExitCode.OK, "version");
    rehearsal.run(ExitCode.OK, "--help");
    // On the real kernel too, which may lack anything.
    Main.run(Console.ofProcess(), OpenHost::named, "doctor");
  }

  /** A driver that sets up a session, and the kexec. */
  private void preserve() {
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      LiveSession session = LiveSession.openOrRestore(host, SESSION, state);
      try {
        Ioas rings = session.ioas("rings");
        session.bind(DEVICE, rings);
        for (int i = 0; i < BUFFERS; i++) {
          rings.buffer("buffer-" + i, 64 << 10);
        }
        session.preserve(PreserveOptions.defaults().withChecksums());
        host.kexec();
      } finally {
        Reference.reachabilityFence(session); // One that nobody has could be closed before.
      }
    }
  }

  private void run(ExitCode expected, String... verb) {
    List<String> line = new ArrayList<>(List.of("--host=sim:" + machine, "--state=" + state));
    line.addAll(List.of(verb));
    int code = Main.run(Console.ofProcess(), OpenHost::named, line.toArray(String[]::new));
    if (code != expected.code()) {
      System.err.println(String.join(" ", line) + " ended with " + code);
      System.exit(1);
    }
  }
}
