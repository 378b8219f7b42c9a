package io.holdfast.vm;

import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.cli.Main;
import io.holdfast.engine.HostProcess;
import io.holdfast.outage.OutageDriver;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    measured(folder);
    Path state = folder.resolve("first");
    onMachine(machine, state, "inspect", "--session", sample.name());
    onMachine(machine, state, "plan", "--session", sample.name());
    onMachine(machine, state, "sessions");
    onMachine(machine, state, "doctor", "--before-kexec", "--json");
    onMachine(machine, state, "audit", "--json");
    onMachine(machine, state, "audit", "--record", folder.resolve("recorded").toString());
    onMachine(machine, state, "audit", "--compare", folder.resolve("recorded").toString());
    onMachine(machine, state, "metrics");
    onMachine(machine, state, "kexec", "--dry-run");
    onMachine(machine, state, "verify", "--session", sample.name(), "--consume");
  }

  /** The driver that the job {@code outage} measures, before and after a kexec. */
  private static void measured(Path folder) throws IOException {
    String[] arguments = {
      folder.resolve("measured").toString(),
      folder.resolve("measured-sessions").toString(),
      "5x65536",
      "outage@0000:00:04.0",
      "other@0000:00:05.0"
    };
    InputStream before = System.in;
    try {
      for (String commands :
          List.of("open 0\nopen 1\npreserve 0\nkexec\n", "open 0\npreserve-first 0\n")) {
        System.setIn(new ByteArrayInputStream(commands.getBytes(StandardCharsets.UTF_8)));
        OutageDriver.main(arguments);
      }
    } finally {
      System.setIn(before);
    }
  }

  private static void require(boolean condition) {
    Results.require(condition, "the rehearsal went wrong");
  }

  private static void onMachine(Path machine, Path state, String... verb) {
    List<String> line = new ArrayList<>(List.of("--host=sim:" + machine, "--state=" + state));
    line.addAll(List.of(verb));
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    Main.run(out, out, line.toArray(String[]::new));
  }
}
