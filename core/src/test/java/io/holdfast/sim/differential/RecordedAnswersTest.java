package io.holdfast.sim.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sim.SimulatedKernelUnderTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/**
 * Thousands of random programs whose every answer Linux 7.3 gave, in the guest: the simulation
 * gives the same ones.
 *
 * <p>{@code tests/vm/run differential} records anew ({@link Differential}); {@code
 * -Dholdfast.recorded=FILE} replays another file than {@code recorded-answers.gz}.
 */
class RecordedAnswersTest {
  private static final int SHOWN = 3;

  private static InputStream recorded() throws IOException {
    String file = System.getProperty("holdfast.recorded");
    return file == null
        ? RecordedAnswersTest.class.getResourceAsStream("recorded-answers.gz")
        : Files.newInputStream(Path.of(file));
  }

  @Test
  void theSimulationAnswersAsTheKernelDid() throws IOException {
    List<Corpus.Entry> entries;
    try (InputStream in = recorded()) {
      entries = Corpus.read(in);
    }
    assertThat(entries).hasSizeGreaterThan(1000);
    List<String> differences = new ArrayList<>();
    Machine machine = new Machine();
    for (Corpus.Entry entry : entries) {
      machine.compare(entry, differences);
    }
    machine.kernel.close();
    assertThat(differences.stream().limit(SHOWN))
        .describedAs("%d of %d programs differ", differences.size(), entries.size())
        .isEmpty();
  }

  /** Kept from program to program, since booting one costs as much as many programs. */
  private static final class Machine {
    private SimulatedKernelUnderTest kernel = new SimulatedKernelUnderTest();
    private Interpreter interpreter = new Interpreter(kernel);

    void compare(Corpus.Entry entry, List<String> differences) {
      if (difference(entry) == null) {
        return;
      }
      kernel.close();
      kernel = new SimulatedKernelUnderTest();
      interpreter = new Interpreter(kernel);
      String alone = difference(entry);
      if (alone != null) {
        differences.add(alone);
      }
    }

    /** What differs, in words; null if nothing does. */
    private String difference(Corpus.Entry entry) {
      List<Answer> answers = interpreter.run(entry.program());
      OptionalInt at = Comparison.firstDifference(entry.program(), entry.answers(), answers);
      if (at.isEmpty()) {
        return null;
      }
      int until = at.getAsInt() + 1;
      Program seen = new Program(entry.program().steps().subList(0, until));
      return "%n%swhere the simulation answers %s"
          .formatted(seen.describe(entry.answers()), answers.get(at.getAsInt()));
    }
  }
}
