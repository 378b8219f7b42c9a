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
    assertWithoutWhatAnUpdateNeedNotWaitFor(logs.getLast());
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

  /**
   * What docs/startup.md says costs a restore milliseconds, and that it does without: classes that
   * the JVM makes for annotations and for the methods of records, the locale's digits, a logger.
   */
  private static void assertWithoutWhatAnUpdateNeedNotWaitFor(Path log) throws IOException {
    assertThat(Files.readAllLines(log))
        .noneMatch(line -> line.contains("__dynamic_proxy__"))
        .noneMatch(line -> line.contains("java.lang.runtime.ObjectMethods "))
        .noneMatch(line -> line.contains("java.text.DecimalFormatSymbols "))
        .noneMatch(line -> line.contains("org.slf4j."));
  }

  @Test
  void aDriverThatRestoresLoadsItAfterwardsInTheBackground()
      throws IOException, InterruptedException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Path log = folder.resolve("classes");
      List<String> command =
          Holdfast.java(
              RestoringDriver.class,
              List.of(folder.resolve("machine").toString(), machine.state().toString()));
      command.add(1, "-Xlog:class+load:file=" + log);
      Process driver = new ProcessBuilder(command).inheritIO().start();
      assertThat(driver.waitFor()).isZero();
      List<String> loaded = Files.readAllLines(log);
      int restored = indexOf(loaded, "io.holdfast.journal.StoreLoader source: ");
      int preserving = indexOf(loaded, "LoadedClassesTest$Preserving source: ");
      assertThat(chronicle(loaded.subList(0, restored))).isZero();
      long inBackground = chronicle(loaded.subList(restored, preserving));
      long byPreserve = chronicle(loaded.subList(preserving, loaded.size()));
      assertThat(inBackground).isGreaterThan(100);
      // A map in a file takes some that a map in memory does not.
      assertThat(byPreserve).isLessThan(inBackground / 10);
    }
  }

  private static int indexOf(List<String> lines, String text) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(text)) {
        return i;
      }
    }
    throw new AssertionError("nothing in the log has " + text);
  }

  private static long chronicle(List<String> loaded) {
    return loaded.stream().filter(line -> line.contains("net.openhft")).count();
  }

  /** Loaded when the driver begins to preserve. */
  private static final class Preserving {
    private Preserving() {}

    static void preserve(LiveSession session) {
      session.preserve();
    }
  }

  /**
   * A driver that gets its session and its buffers back, changes nothing, and is preserved once the
   * thread that loads the store has ended.
   */
  static final class RestoringDriver {
    private RestoringDriver() {}

    public static void main(String[] arguments) throws InterruptedException {
      try (SimulatedHost host = SimulatedHost.open(Path.of(arguments[0]));
          LiveSession session =
              LiveSession.openOrRestore(host, TestDriver.SESSION, Path.of(arguments[1]))) {
        Ioas rings = session.ioas("rings");
        session.bind(SimulatedMachine.EDU_ADDRESS, rings);
        long address = rings.buffer("ring", 64 << 10).physicalAddress(0);
        awaitLoader();
        Preserving.preserve(session);
        System.exit(session.isRestored() && address != 0 ? 0 : 1);
      }
    }

    private static void awaitLoader() throws InterruptedException {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("holdfast-journal-loader")) {
          thread.join();
        }
      }
    }
  }
}
