package io.holdfast.vm;

import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.cli.Main;
import io.holdfast.engine.HostProcess;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Does on a simulated machine what the scenarios do in the guest, so that the JVM can keep the
 * classes that takes: under emulation, loading them anew costs half a minute at each start.
 */
final class Rehearsal {
  private Rehearsal() {}

  static void run() throws IOException {
    Path folder = Files.createTempDirectory("rehearsal");
    Path machine = folder.resolve("machine");
    Sample sample = new Sample("rehearsal", SimulatedMachine.EDU_ADDRESS);
    Notes notes = Notes.read(folder.resolve("notes"));
    try (Host local = Host.local();
        SimulatedKernel kernel = SimulatedKernel.create(machine, SimulatedMachine.standard())) {
      require(HostProcess.of(local).syscalls().getpid() > 0);
      SimulatedHost first = SimulatedHost.on(kernel);
      LiveSession session = sample.open(first, folder.resolve("first"));
      sample.preserve(session, notes);
      notes.write();
      first.kexec();
      try (SimulatedHost second = SimulatedHost.on(kernel);
          LiveSession restored = sample.open(second, folder.resolve("second"))) {
        sample.compare(restored, notes);
        sample.preserve(restored, notes);
        second.kexec();
      }
    }
    tool("inspect", "--session", sample.name(), "--state", folder.resolve("first").toString());
    tool(
        "plan",
        "--host",
        "sim:" + machine,
        "--session",
        sample.name(),
        "--state",
        folder.resolve("first").toString());
    tool(
        "verify",
        "--host",
        "sim:" + machine,
        "--session",
        sample.name(),
        "--state",
        folder.resolve("first").toString(),
        "--consume");
  }

  private static void require(boolean condition) {
    Results.require(condition, "the rehearsal went wrong");
  }

  private static void tool(String... arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    Main.run(out, out, arguments);
  }
}
