package io.holdfast.sim.differential;

import io.holdfast.sim.RunningKernelUnderTest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Compares the running kernel with a simulated one, in the guest.
 *
 * <ul>
 *   <li>{@code compare SEED PROGRAMS FOLDER}: random programs on both, each with what it leaves
 *       behind; prints where they differ, and writes the programs with the kernel's answers. Exits
 *       3 if a program has left the kernel unusable: started again in a fresh one, it goes on.
 *   <li>{@code lives SEED PROGRAMS FILE FOLDER}: the same with kexecs between, and what {@link
 *       Lifetimes} demands. It holds its sessions while it has the kernel replaced, and compares
 *       when started after the last kexec.
 *   <li>{@code ask FILE}: prints what the running kernel answers to a program.
 * </ul>
 *
 * <p>Exits 0 if nothing differs, 1 if something does.
 */
public final class Differential {
  /** Of one kind of difference so many are shrunk; the others are only counted. */
  private static final int SHRUNK_OF_A_KIND = 1;

  private static final int SPENT = 3;

  private Differential() {}

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "compare" ->
          compare(
              Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]), Path.of(arguments[3]));
      case "lives" ->
          lives(
              Long.parseLong(arguments[1]),
              Integer.parseInt(arguments[2]),
              Path.of(arguments[3]),
              Path.of(arguments[4]));
      case "ask" -> {
        Program program = Program.parse(Files.readString(Path.of(arguments[1])));
        Interpreter kernel = new Interpreter(new RunningKernelUnderTest());
        System.out.print(program.describe(kernel.run(program)));
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void compare(long seed, int programs, Path folder) throws IOException {
    List<Corpus.Entry> entries = new ArrayList<>();
    Progress progress = Progress.in(folder);
    Map<Program, List<Answer>> lastWords = progress.lastWords();
    Trial trial = new Trial(new RunningKernelUnderTest(), lastWords);
    try {
      while (progress.count("programs") < programs) {
        long each = seed + progress.count("programs");
        Program program = Remains.after(Generator.program(each));
        List<Answer> real = trial.real(program);
        Optional<Trial.Difference> difference = trial.compare(program, real);
        if (difference.isPresent()) {
          report(trial, each, difference.get(), progress.kinds);
        }
        entries.add(new Corpus.Entry(program, real));
        progress.add("programs", 1);
        progress.add("calls", real.size());
        lastWords.clear();
      }
    } catch (SpentKernel _) {
      progress.add("kernels used up", 1);
      progress.saveLastWords(lastWords);
      progress.save(entries);
      System.exit(SPENT);
    }
    trial.close();
    progress.save(entries);
    System.out.printf(
        "%d programs from seed %d, %d calls, %d kernels used up: differences %s%n",
        progress.count("programs"),
        seed,
        progress.count("calls"),
        progress.count("kernels used up"),
        progress.kinds);
    System.exit(progress.kinds.isEmpty() ? 0 : 1);
  }

  private static void report(
      Trial trial, long seed, Trial.Difference difference, Map<String, Integer> kinds) {
    if (kinds.getOrDefault(difference.kind(), 0) < SHRUNK_OF_A_KIND) {
      Optional<Trial.Difference> alone = trial.compareAlone(difference.program());
      boolean same = alone.isPresent() && alone.get().kind().equals(difference.kind());
      Trial.Difference shown = same ? trial.shrink(alone.get()) : difference;
      print("seed" + seed, shown);
    }
    // Counted last: in a kernel that is used up before, it is all done again.
    kinds.merge(difference.kind(), 1, Integer::sum);
  }

  private static void print(String name, Trial.Difference difference) {
    System.out.printf("%s%n%s%n", difference, difference.asTest(name));
  }

  private static void lives(long seed, int programs, Path file, Path folder)
      throws IOException, InterruptedException {
    Map<String, Corpus.Entry> expected = Lifetimes.entries();
    Map<String, Program> all = new LinkedHashMap<>();
    expected.forEach((name, entry) -> all.put(name, entry.program()));
    for (long each = seed; each < seed + programs; each++) {
      all.put("seed" + each, LifeGenerator.program(each));
    }
    Lifetimes.last()
        .forEach((name, entry) -> {
          all.remove(name);
          all.put(name, entry.program());
        });
    Lives lives = new Lives(folder, all, new Interpreter(new RunningKernelUnderTest()));
    if (!lives.isUsable()) {
      System.exit(SPENT);
    }
    if (lives.run()) {
      System.out.flush();
      String kexec = ". /run/holdfast/env && kexec_now";
      new ProcessBuilder("bash", "-c", kexec).inheritIO().start().waitFor();
      throw new IOException("there was no kexec");
    }
    Map<String, Corpus.Entry> entries = lives.entries();
    Map<String, Integer> kinds = new HashMap<>();
    Trial trial = new Trial(new RunningKernelUnderTest(), new HashMap<>());
    for (var each : entries.entrySet()) {
      Corpus.Entry real = each.getValue();
      trial
          .compare(real.program(), real.answers())
          .ifPresent(difference -> {
            kinds.merge(difference.kind(), 1, Integer::sum);
            print(each.getKey(), difference);
          });
      Corpus.Entry wanted = expected.getOrDefault(each.getKey(), real);
      OptionalInt at = Comparison.firstDifference(real.program(), wanted.answers(), real.answers());
      if (at.isPresent()) {
        kinds.merge(each.getKey(), 1, Integer::sum);
        System.out.printf(
            "%s: %s -> %s%n",
            each.getKey(),
            real.program().steps().get(at.getAsInt()),
            real.answers().get(at.getAsInt()));
      }
    }
    trial.close();
    end(seed, List.copyOf(entries.values()), kinds, file);
  }

  private static void end(
      long seed, List<Corpus.Entry> entries, Map<String, Integer> kinds, Path file)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      Corpus.write(out, entries);
    }
    int steps = entries.stream().mapToInt(each -> each.answers().size()).sum();
    System.out.printf(
        "%d programs from seed %d, %d calls: differences %s%n", entries.size(), seed, steps, kinds);
    System.exit(kinds.isEmpty() ? 0 : 1);
  }
}
