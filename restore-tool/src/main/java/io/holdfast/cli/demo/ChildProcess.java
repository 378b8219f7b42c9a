package io.holdfast.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process of the demo: a JVM of its own, with this one's binary, flags and class path. Not
 * thread-safe.
 */
final class ChildProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final String name;
  private final Process process;
  private final Path errors;
  private final BufferedReader lines;
  private final Map<String, List<String>> facts = new LinkedHashMap<>();

  private ChildProcess(String name, Process process, Path errors) {
    this.name = name;
    this.process = process;
    this.errors = errors;
    this.lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts {@link DemoDriver} with these arguments; {@code folder} takes its error output. */
  static ChildProcess start(Path folder, String stage, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // Agents and debuggers are this JVM's own, and hold ports or files of which there is one.
      if (!flag.startsWith("-javaagent") && !flag.startsWith("-agent")) {
        command.add(flag);
      }
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), DemoDriver.class.getName(), stage));
    command.add(folder.toString());
    command.addAll(List.of(arguments));
    Path errors = folder.resolve(stage + ".err");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    return new ChildProcess(stage, process, errors);
  }

  long pid() {
    return process.pid();
  }

  /**
   * Reads what the process tells until it has told {@code lastKey}, or to the end where that is
   * null.
   *
   * @throws DemoException if it ends before, or ends badly
   */
  ChildProcess listenUntil(String lastKey) throws IOException {
    String line;
    while ((line = lines.readLine()) != null) {
      int blank = line.indexOf(' ');
      if (blank > 0) {
        String key = line.substring(0, blank);
        facts.computeIfAbsent(key, any -> new ArrayList<>()).add(line.substring(blank + 1));
        if (key.equals(lastKey)) {
          return this;
        }
      }
    }
    int code = awaitEnd();
    if (code != 0 || lastKey != null) {
      throw new DemoException(
          "the demo's process " + name + " ended with exit code " + code + ": " + lastError(),
          "its error output is in " + errors + " when the demo runs with --keep");
    }
    return this;
  }

  /** Waits for its end, and answers the exit code. */
  int awaitEnd() {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new DemoException(
            "the demo's process " + name + " does not end", "run the demo again");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoException("interrupted while waiting for the demo's process " + name, "");
    }
  }

  /** What the process said itself, or the first line that anything in it said. */
  private String lastError() throws IOException {
    List<String> text = Files.readAllLines(errors);
    return text.stream()
        .filter(line -> line.startsWith(DemoDriver.ERROR_PREFIX))
        .map(line -> line.substring(DemoDriver.ERROR_PREFIX.length()))
        .findFirst()
        .orElse(text.isEmpty() ? "it said nothing" : text.getFirst());
  }

  /** The one value told under a key. */
  String fact(String key) {
    List<String> values = facts.getOrDefault(key, List.of());
    if (values.isEmpty()) {
      throw new DemoException("the demo's process " + name + " has not told its " + key, "");
    }
    return values.getFirst();
  }

  /** Everything told under a key. */
  List<String> facts(String key) {
    return facts.getOrDefault(key, List.of());
  }

  List<BufferFacts> buffers() {
    return facts("buffer").stream().map(BufferFacts::parse).toList();
  }

  BufferFacts control() {
    return BufferFacts.parse(fact("control"));
  }

  /** Ends the process, if it has not ended. */
  @Override
  public void close() {
    process.destroyForcibly();
    awaitEnd();
  }
}
