package io.holdfast.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A benchmark's counterpart in C, compiled from a resource of this package, started once and asked
 * for one run at a time, by a line that it answers by a line.
 */
final class CProgram implements AutoCloseable {
  private final Process process;
  private final Writer ask;
  private final BufferedReader answers;

  private CProgram(Process process) {
    this.process = process;
    this.ask = process.outputWriter(UTF_8);
    this.answers = process.inputReader(UTF_8);
  }

  /** Compiles {@code name.c} into a folder, with gcc. */
  static Path compile(Path folder, String name) throws IOException, InterruptedException {
    Path source = folder.resolve(name + ".c");
    try (InputStream c = CProgram.class.getResourceAsStream(name + ".c")) {
      Files.copy(c, source);
    }
    Path program = folder.resolve(name);
    Process gcc =
        new ProcessBuilder(
                "gcc", "-O2", "-Wall", "-pthread", "-o", program.toString(), source.toString())
            .inheritIO()
            .start();
    if (gcc.waitFor() != 0) {
      throw new IOException("gcc does not compile " + source);
    }
    return program;
  }

  static CProgram start(Path program, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(arguments);
    return new CProgram(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** One run, and the numbers that it answers. */
  long[] run() throws IOException {
    ask.write("\n");
    ask.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the C program has ended");
    }
    return List.of(answer.split(" ", -1)).stream().mapToLong(Long::parseLong).toArray();
  }

  @Override
  public void close() throws IOException {
    ask.close();
    answers.close();
    process.onExit().join();
  }
}
