package io.holdfast.sim.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * How far a comparison has come, in a folder that survives a kexec: a program that leaves the
 * guest's kernel unusable is the last one in it, and the next kernel goes on.
 */
final class Progress {
  private final Path folder;
  private final Properties values = new Properties();

  /** How many differences there were, by kind. */
  final Map<String, Integer> kinds = new TreeMap<>();

  private Progress(Path folder) {
    this.folder = folder;
  }

  static Progress in(Path folder) throws IOException {
    Progress progress = new Progress(folder);
    Files.createDirectories(folder);
    Path file = folder.resolve("progress");
    if (Files.exists(file)) {
      try (var in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        progress.values.load(in);
      }
    }
    progress.values.forEach((key, value) -> {
      if (key.toString().startsWith("kind ")) {
        progress.kinds.put(key.toString().substring(5), Integer.valueOf(value.toString()));
      }
    });
    return progress;
  }

  /** How many things so named there were so far: programs, calls, kernels used up. */
  long count(String name) {
    return Long.parseLong(values.getProperty(name, "0"));
  }

  void add(String name, long more) {
    values.setProperty(name, Long.toString(count(name) + more));
  }

  /** Notes where it stands, and adds to the programs that were recorded. */
  void save(List<Corpus.Entry> entries) throws IOException {
    kinds.forEach((kind, count) -> values.setProperty("kind " + kind, count.toString()));
    try (var out =
        Files.newOutputStream(programs(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      Corpus.write(out, entries);
    }
    Path file = folder.resolve("progress");
    try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      values.store(out, null);
    }
  }

  private Path programs() {
    return folder.resolve("programs.gz");
  }

  /** What programs answered after which their kernel was unusable: they are not run again. */
  Map<Program, List<Answer>> lastWords() throws IOException {
    Map<Program, List<Answer>> answers = new HashMap<>();
    Path file = folder.resolve("last-words.gz");
    if (Files.exists(file)) {
      try (var in = Files.newInputStream(file)) {
        Corpus.read(in).forEach(entry -> answers.put(entry.program(), entry.answers()));
      }
    }
    return answers;
  }

  void saveLastWords(Map<Program, List<Answer>> answers) throws IOException {
    List<Corpus.Entry> entries = new ArrayList<>();
    answers.forEach((program, each) -> entries.add(new Corpus.Entry(program, each)));
    try (var out = Files.newOutputStream(folder.resolve("last-words.gz"))) {
      Corpus.write(out, entries);
    }
  }
}
