package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.clitest.Holdfast.Result;
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
      run(machine, "restore", "--session", TestDriver.SESSION);
    }
    for (Path log : logs) {
      List<String> classes = Files.readAllLines(log);
      assertThat(classes).anyMatch(line -> line.contains("io.holdfast.cli.Main source: "));
      assertThat(classes)
          .noneMatch(line -> line.contains("net.openhft"))
          .noneMatch(line -> line.contains("com.sun.tools.javac"));
    }
  }
}
