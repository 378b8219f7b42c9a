package io.holdfast.outage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures an outage on a simulated kernel, on the host's own processor: each life of a driver is a
 * JVM of its own, with a start-up cache made by a rehearsal, and beside them an empty JVM and the
 * restore tool run in turns. Not thread-safe.
 */
public final class HostOutage {
  private static final List<Setup> SETUPS =
      List.of(Outage.SMALL, Outage.LARGE, Outage.SOME, Outage.MANY);
  private static final String SESSION = "outage";

  private final Path folder;
  private final Path cache;
  private final Path launcher;
  private final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
  private final List<String> lines = new ArrayList<>();

  private HostOutage(Path folder, Path launcher) {
    this.folder = folder;
    this.cache = folder.resolve("driver.aot");
    this.launcher = launcher;
  }

  /**
   * Runs {@code rounds} rounds, and writes what was measured to {@code host} in a folder.
   *
   * @param launcher the command {@code holdfast}
   */
  public static void run(Path folder, Path launcher, int rounds)
      throws IOException, InterruptedException {
    new HostOutage(folder, launcher).run(rounds);
  }

  private void run(int rounds) throws IOException, InterruptedException {
    remove(folder.resolve("work"));
    Files.deleteIfExists(cache);
    Files.createDirectories(folder.resolve("work"));
    rehearse();
    for (Setup setup : SETUPS) {
      make(setup);
    }
    List<String> tool = commandOfTool();
    for (int round = 0; round < rounds; round++) {
      for (Setup setup : SETUPS) {
        measure(setup, tool);
      }
      System.err.printf("round %d of %d%n", round + 1, rounds);
    }
    Files.write(folder.resolve("host"), lines);
    remove(folder.resolve("work"));
  }

  private Path template(Setup setup) {
    return folder.resolve("work").resolve(setup.id());
  }

  /** A driver lives through a live update, so that its JVM can keep what that takes. */
  private void rehearse() throws IOException, InterruptedException {
    Path place = template(Outage.SMALL).resolveSibling("rehearsal");
    List<String> nowhere = new ArrayList<>();
    live(place, Outage.SMALL, List.of(), nowhere, "open 0", "preserve 0", "kexec");
    live(
        place,
        Outage.SMALL,
        List.of(
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:-AOTRecordTraining",
            "-XX:AOTCacheOutput=" + cache),
        nowhere,
        "open 0",
        "open 1",
        "preserve 0",
        "kexec");
  }

  /** A machine that two sessions came over a kexec to, to be copied. */
  private void make(Setup setup) throws IOException, InterruptedException {
    live(
        template(setup),
        setup,
        cached(),
        new ArrayList<>(),
        "open 0",
        "open 1",
        "preserve 0",
        "preserve 1",
        "kexec");
  }

  private List<String> cached() {
    return List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off,cds*=off");
  }

  private void measure(Setup setup, List<String> tool) throws IOException, InterruptedException {
    Path place = folder.resolve("work").resolve("place");
    remove(place);
    live(place, setup, cached(), lines, "open 0", "preserve 0", "kexec");
    copy(template(setup), place);
    live(place, setup, cached(), lines, "open 0", "open 1", "preserve 0");
    copy(template(setup), place);
    live(place, setup, cached(), lines, "open 0", "preserve-first 0");
    copy(template(setup), place);
    List<String> without = new ArrayList<>();
    live(place, setup, List.of(), without, "open 0");
    without.forEach(
        line -> lines.add(line.replace(" holdfast ", " " + Outage.WITHOUT_CACHE + " ")));
    copy(template(setup), place);
    List<String> restore = new ArrayList<>(tool);
    restore.addAll(toolArguments(place));
    timed(setup, Outage.TOOL, restore);
    copy(template(setup), place);
    restore = new ArrayList<>(List.of(launcher.toString()));
    restore.addAll(toolArguments(place));
    timed(setup, Outage.LAUNCHER, restore);
    if (setup.equals(Outage.SMALL)) {
      timed(
          setup,
          Outage.EMPTY_JVM,
          List.of(
              java.toString(),
              "-XX:+UseSerialGC",
              "-XX:-UsePerfData",
              "@" + launcher.resolveSibling("jvm.flags"),
              "-cp",
              System.getProperty("java.class.path"),
              Nothing.class.getName()));
    }
  }

  private static List<String> toolArguments(Path place) {
    return List.of(
        "restore",
        "--consume",
        "--host=sim:" + place.resolve("machine"),
        "--state",
        place.resolve("state").toString(),
        "--session",
        SESSION);
  }

  /** Runs a command; what it took, by the clock and of the processor, is told by bash. */
  private void timed(Setup setup, String who, List<String> command)
      throws IOException, InterruptedException {
    Path said = folder.resolve("said");
    List<String> measured =
        new ArrayList<>(
            List.of(
                "bash",
                "-c",
                "TIMEFORMAT='%3R %3U %3S'; { time \"$@\" >\"$0\" 2>&1; } 2>&1",
                said.toString()));
    measured.addAll(command);
    Process bash =
        new ProcessBuilder(measured).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String[] seconds =
        new String(bash.getInputStream().readAllBytes(), UTF_8).strip().split(" ", -1);
    if (bash.waitFor() != 0) {
      throw new IOException(command + " failed: " + Files.readString(said));
    }
    lines.add(Figures.line(setup, who, Figures.EXIT, nanos(seconds[0])));
    lines.add(Figures.line(setup, who, Figures.PROCESSOR, nanos(seconds[1]) + nanos(seconds[2])));
  }

  private static long nanos(String seconds) {
    return Math.round(Double.parseDouble(seconds) * 1e9);
  }

  /** What the launcher executes for a restore, up to the arguments of the tool. */
  private List<String> commandOfTool() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(launcher.toString(), "restore", "--help")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<String> found = List.of();
    while (process.isAlive()) {
      ProcessHandle.Info info = process.info();
      List<String> words = new ArrayList<>(Arrays.asList(info.arguments().orElse(new String[0])));
      if (!words.isEmpty()
          && words.getLast().equals("--help")
          && words.contains("io.holdfast.cli.Main")) {
        words.addFirst(info.command().orElseThrow());
        words.removeLast();
        words.removeLast();
        found = words;
      }
      Thread.sleep(1);
    }
    if (found.isEmpty()) {
      throw new IOException("cannot see what " + launcher + " executes");
    }
    return found;
  }

  /** A life of the driver, which does what it is told and ends; what it measures goes to a list. */
  private void live(
      Path place, Setup setup, List<String> flags, List<String> to, String... commands)
      throws IOException, InterruptedException {
    Files.createDirectories(place);
    List<String> command = new ArrayList<>(List.of(java.toString(), "-XX:+UseSerialGC"));
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "@" + launcher.resolveSibling("jvm.flags")));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(
        List.of(
            OutageDriver.class.getName(),
            place.resolve("machine").toString(),
            place.resolve("state").toString(),
            setup.id(),
            SESSION + "@0000:00:04.0",
            "other@0000:00:05.0"));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put(OutageDriver.EXEC_NANOS, Long.toString(System.nanoTime()));
    Process driver = builder.start();
    try (Writer tell = driver.outputWriter(UTF_8);
        BufferedReader answers = driver.inputReader(UTF_8)) {
      for (String each : commands) {
        tell.write(each + "\n");
        tell.flush();
        untilDone(answers, each, to::add);
      }
    }
    if (driver.waitFor() != 0) {
      throw new IOException("a driver ended with " + driver.exitValue());
    }
  }

  private static void untilDone(BufferedReader answers, String command, Consumer<String> figures)
      throws IOException {
    for (String line = answers.readLine(); !"done".equals(line); line = answers.readLine()) {
      if (line == null) {
        throw new IOException("a driver has ended at " + command);
      }
      figures.accept(line);
    }
  }

  /** By cp, which keeps the holes of the simulated memory. */
  private static void copy(Path from, Path to) throws IOException, InterruptedException {
    remove(to);
    run("cp", "-a", "--sparse=always", from.toString(), to.toString());
  }

  private static void remove(Path path) throws IOException, InterruptedException {
    run("rm", "-rf", "--", path.toString());
  }

  private static void run(String... command) throws IOException, InterruptedException {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }
}
