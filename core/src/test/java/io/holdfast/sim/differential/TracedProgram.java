package io.holdfast.sim.differential;

import io.holdfast.sim.SimulatedKernelUnderTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Has the simulated kernel answer the system calls of somebody else's program, which the real one
 * has answered: {@code TracedProgram NAME CORPUS TRACE…}, a trace ({@code tests/vm/tracer.c}) for
 * each kernel that it ran in. Appends the calls with the real kernel's answers to CORPUS, and
 * prints every other answer of the simulation; the last line is for a table. Exits 1 if there is
 * one that is not on purpose.
 */
public final class TracedProgram {
  private TracedProgram() {}

  public static void main(String[] arguments) throws IOException {
    List<List<String>> traces = new ArrayList<>();
    for (String file : List.of(arguments).subList(2, arguments.length)) {
      traces.add(Files.readAllLines(Path.of(file), StandardCharsets.US_ASCII));
    }
    Trace.Result traced = Trace.of(traces);
    try (var out =
        Files.newOutputStream(
            Path.of(arguments[1]), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      Corpus.write(out, List.of(traced.entry()));
    }
    List<Integer> different = differences(traced.entry());
    long onPurpose = different.stream().filter(at -> at < 0).count();
    System.out.printf(
        "%d calls, %d answered otherwise, %d of them on purpose%s%n",
        traced.entry().answers().size(),
        different.size(),
        onPurpose,
        traced.notAsked().isEmpty() ? "" : "; not asked: " + traced.notAsked());
    System.exit(onPurpose == different.size() ? 0 : 1);
  }

  /**
   * Which steps the simulation answers otherwise; one less than minus the step for what it does on
   * purpose. Prints them.
   */
  private static List<Integer> differences(Corpus.Entry entry) {
    List<Integer> different = new ArrayList<>();
    try (SimulatedKernelUnderTest kernel = new SimulatedKernelUnderTest()) {
      List<Answer> answers = new Interpreter(kernel).run(entry.program());
      for (int at = 0; at < answers.size(); at++) {
        Answer real = entry.answers().get(at);
        Answer simulated = answers.get(at);
        if (!real.equals(simulated)) {
          boolean onPurpose = OnPurpose.explains(entry.program(), at, real, simulated);
          different.add(onPurpose ? -1 - at : at);
          System.out.printf(
              "%s%s -> %s, the simulation answers %s%n",
              onPurpose ? "on purpose: " : "", entry.program().steps().get(at), real, simulated);
        }
      }
    }
    return different;
  }
}
