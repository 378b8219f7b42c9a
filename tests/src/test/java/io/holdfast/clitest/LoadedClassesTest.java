package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.clitest.Holdfast.Result;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A restore, and whatever only reads, does not pay for the journal's store: the log of loaded
 * classes shows that nothing of Chronicle is even loaded.
 */
final class LoadedClassesTest {
  @TempDir private Path folder;
  private final List<Path> logs = new ArrayList<>();

  private Result run(Machine machine, String... arguments) {
    Path log = folder.resolve("classes-" + logs.size());
    logs.add(log);
    Result result = machine.holdfast(List.of("-Xlog:class+load:file=" + log), arguments);
    assertThat(result.code()).as(result.toString()).isZero();
    return result;
  }

  @Test
  void nothingOfChronicleIsLoadedUnlessAJournalIsWritten() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Path journal = machine.state().resolve(TestDriver.SESSION).resolve("journal");
      run(machine, "inspect", journal.toString());
      run(machine, "inspect", machine.state().toString());
      run(machine, "plan", "--session", TestDriver.SESSION);
      run(machine, "doctor");
      run(machine, "restore", "--consume", "--session", TestDriver.SESSION);
    }
    for (Path log : logs) {
      assertThat(Files.readAllLines(log))
          .anyMatch(line -> line.contains("io.holdfast.cli.Main source: "));
      assertWithoutChronicle(log);
    }
  }

  private static void assertWithoutChronicle(Path log) throws IOException {
    assertThat(Files.readAllLines(log))
        .noneMatch(line -> line.contains("net.openhft"))
        .noneMatch(line -> line.contains("com.sun.tools.javac"));
  }

  @Test
  void norByADriverThatRestores() throws IOException, InterruptedException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Path log = folder.resolve("classes");
      List<String> command =
          Holdfast.java(
              RestoringDriver.class,
              List.of(folder.resolve("machine").toString(), machine.state().toString()));
      command.add(1, "-Xlog:class+load:file=" + log);
      Process driver = new ProcessBuilder(command).inheritIO().start();
      assertThat(driver.waitFor()).isZero();
      assertThat(Files.readAllLines(log))
          .anyMatch(line -> line.contains("io.holdfast.engine.RestoreExecutor source: "));
      assertWithoutChronicle(log);
    }
  }

  /** A driver that gets its session and its buffers back, and changes nothing. */
  static final class RestoringDriver {
    private RestoringDriver() {}

    public static void main(String[] arguments) {
      try (SimulatedHost host = SimulatedHost.open(Path.of(arguments[0]));
          LiveSession session =
              LiveSession.openOrRestore(host, TestDriver.SESSION, Path.of(arguments[1]))) {
        Ioas rings = session.ioas("rings");
        session.bind(SimulatedMachine.EDU_ADDRESS, rings).enableBusMastering();
        long address = rings.buffer("ring", 64 << 10).physicalAddress(0);
        System.exit(session.isRestored() && address != 0 ? 0 : 1);
      }
    }
  }
}
