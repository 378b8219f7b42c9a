package io.holdfast.sim.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs programs that live through kexecs on the running kernel, all of them up to the next kexec in
 * one process, and keeps what they answered in a folder that survives it.
 *
 * <p>The folder has {@code generation} (how many kexecs there were) and for each program {@code
 * NAME.answers} and {@code NAME.frames}, a physical frame and its number a line.
 */
final class Lives {
  private final Path folder;
  private final Map<String, Program> programs;
  private final Interpreter kernel;

  /** Programs by name. */
  Lives(Path folder, Map<String, Program> programs, Interpreter kernel) {
    this.folder = folder;
    this.programs = programs;
    this.kernel = kernel;
  }

  /** How many kexecs there were. */
  int generation() throws IOException {
    Path file = folder.resolve("generation");
    return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
  }

  /** Whether the kernel is as a fresh one: nothing that ran before holds the device. */
  boolean isUsable() {
    return Remains.isUsable(Remains.OF_NOTHING, kernel.run(Remains.OF_NOTHING));
  }

  /** Runs the programs up to the next kexec; answers whether any goes on behind it. */
  boolean run() throws IOException {
    Files.createDirectories(folder);
    int generation = generation();
    boolean more = false;
    for (var each : programs.entrySet()) {
      List<Program> lives = each.getValue().lives();
      if (generation < lives.size()) {
        run(each.getKey(), lives.get(generation), generation > 0);
      }
      more |= generation + 1 < lives.size();
    }
    Files.writeString(folder.resolve("generation"), (generation + 1) + "\n");
    return more;
  }

  private void run(String name, Program life, boolean afterKexec) throws IOException {
    Map<Long, Integer> frames = new HashMap<>();
    List<String> lines = new ArrayList<>();
    Path answers = folder.resolve(name + ".answers");
    Path numbers = folder.resolve(name + ".frames");
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
  Map<String, Corpus.Entry> entries() throws IOException {
    Map<String, Corpus.Entry> entries = new LinkedHashMap<>();
    for (var each : programs.entrySet()) {
      Path file = folder.resolve(each.getKey() + ".answers");
      List<Answer> answers =
          Files.readAllLines(file, StandardCharsets.UTF_8).stream().map(Answer::parse).toList();
      entries.put(each.getKey(), new Corpus.Entry(each.getValue(), answers));
    }
    return entries;
  }
}
