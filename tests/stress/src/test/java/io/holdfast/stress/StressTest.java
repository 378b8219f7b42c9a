package io.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stress tests, in short; {@code tests/stress/run} runs them at length. */
class StressTest {
  /** One JVM a test, twice 300 ms in each. */
  private static final List<String> SHORT =
      List.of("-m", "quick", "-f", "1", "-fsm", "1", "-iters", "2", "-time", "300");

  @TempDir Path directory;

  @Test
  void nothingForbiddenIsObserved() throws IOException, InterruptedException {
    String flags = Path.of(System.getProperty("holdfast.root"), "jvm.flags").toString();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("@" + flags, "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(StressMain.class.getName(), flags));
    command.addAll(SHORT);
    Path output = directory.resolve("output");
    int exit =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    String text = Files.readString(output);
    assertThat(exit).as(text).isZero();
    assertThat(text).contains("Results: 4 planned; 4 passed, 0 failed, 0 soft errs, 0 hard errs");
  }
}
