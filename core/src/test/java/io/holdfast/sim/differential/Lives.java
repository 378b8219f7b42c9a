package io.holdfast.sim.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs programs that live through kexecs on the running kernel, all of them up to the next kexec in
 * one process, and keeps what they answered in a folder that survives it.
 *
 * <p>The folder has {@code generation} (how many kexecs there were) and for each program {@code
 * SEED.answers} and {@code SEED.frames}, a physical frame and its number a line.
 */
final class Lives {
  private final Path folder;
  private final Interpreter kernel;

  Lives(Path folder, Interpreter kernel) {
    this.folder = folder;
    this.kernel = kernel;
  }

  /** How many kexecs there were. */
  int generation() throws IOException {
    Path file = folder.resolve("generation");
    return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
  }

  /** Runs the programs of these seeds up to the next kexec; answers whether there is one. */
  boolean run(long seed, int programs) throws IOException {
    Files.createDirectories(folder);
    int generation = generation();
    boolean more = false;
    for (long each = seed; each < seed + programs; each++) {
      List<Program> lives = LifeGenerator.program(each).lives();
      if (generation < lives.size()) {
        run(each, lives.get(generation), generation > 0);
      }
      more |= generation + 1 < lives.size();
    }
    Files.writeString(folder.resolve("generation"), (generation + 1) + "\n");
    return more;
  }

  private void run(long seed, Program life, boolean afterKexec) throws IOException {
    Map<Long, Integer> frames = new HashMap<>();
    List<String> lines = new ArrayList<>();
    Path answers = folder.resolve(seed + ".answers");
    Path numbers = folder.resolve(seed + ".frames");
    if (afterKexec) {
      lines.addAll(Files.readAllLines(answers, StandardCharsets.UTF_8));
      lines.add("0");
      for (String line : Files.readAllLines(numbers, StandardCharsets.UTF_8)) {
        String[] words = line.split(" ", -1);
        frames.put(Long.valueOf(words[0]), Integer.valueOf(words[1]));
      }
    }
    // What is open stays open until the kexec: it is the descriptors that keep the sessions.
    kernel.run(life, kernel.slots(), frames).forEach(answer -> lines.add(answer.toString()));
    Files.write(answers, lines, StandardCharsets.UTF_8);
    Files.write(
        numbers,
        frames.entrySet().stream().map(each -> each.getKey() + " " + each.getValue()).toList(),
        StandardCharsets.UTF_8);
  }

  /** The programs and all they answered. */
  List<Corpus.Entry> entries(long seed, int programs) throws IOException {
    List<Corpus.Entry> entries = new ArrayList<>();
    for (long each = seed; each < seed + programs; each++) {
      entries.add(
          new Corpus.Entry(
              LifeGenerator.program(each),
              Files.readAllLines(folder.resolve(each + ".answers"), StandardCharsets.UTF_8).stream()
                  .map(Answer::parse)
                  .toList()));
    }
    return entries;
  }
}
