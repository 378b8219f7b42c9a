package io.holdfast.cli;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.PreserveOptions;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the verbs that a live update needs on simulated machines, so that the JVM can archive the
 * classes that takes; the launcher and the package make their archives by it.
 *
 * <p>{@code ToolRehearsal prepare DIRECTORY} lets a driver live on each machine until the kexec, in
 * an empty directory; {@code ToolRehearsal run DIRECTORY} is what to record. They are two
 * processes, since all classes in an AOT cache are loaded at every start, and a restore needs none
 * of the journal's store, which are a fifth of all.
 */
final class ToolRehearsal {
  private static final String SESSION = "rehearsal";
  private static final int BUFFERS = 5;

  /** Each is there for one verb that takes its session. */
  private static final List<String> MACHINES = List.of("restore", "restore-json", "verify");

  /** The one of a standard machine. */
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");

  private final Path machine;
  private final Path state;

  private ToolRehearsal(Path directory, String name) {
    this.machine = directory.resolve(name).resolve("machine");
    this.state = directory.resolve(name).resolve("state");
  }

  /** Rehearses; exits with 1 where a verb does not end as it should. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "prepare" -> {
        for (String name : MACHINES) {
          Files.createDirectory(directory.resolve(name));
          new ToolRehearsal(directory, name).preserve();
        }
      }
      case "run" -> {
        ToolRehearsal restore = new ToolRehearsal(directory, MACHINES.get(0));
        restore.run(ExitCode.OK, "inspect", "--session", SESSION);
        restore.run(ExitCode.OK, "inspect", restore.state.toString());
        restore.run(ExitCode.OK, "plan", "--session", SESSION);
        restore.run(ExitCode.OK, "plan", "--session", SESSION, "--json");
        restore.run(ExitCode.OK, "sessions");
        restore.run(ExitCode.NOT_ALLOWED_NOW, "restore", "--session", SESSION);
        restore.run(ExitCode.OK, "restore", "--session", SESSION, "--consume");
        new ToolRehearsal(directory, MACHINES.get(1))
            .run(ExitCode.OK, "restore", "--session", SESSION, "--consume", "--json");
        new ToolRehearsal(directory, MACHINES.get(2))
            .run(ExitCode.OK, "verify", "--session", SESSION, "--consume");
        restore.run(ExitCode.OK, "version");
        restore.run(ExitCode.OK, "--help");
        // On the real kernel too, which may lack anything.
        Main.run(Console.ofProcess(), OpenHost::named, "doctor");
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
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
