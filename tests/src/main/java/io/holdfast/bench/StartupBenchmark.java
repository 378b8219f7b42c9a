package io.holdfast.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * How long a start takes, beside an empty JVM with the same flags in the same run: the tool's
 * {@code restore} from exec to exit, a driver from its {@code main} to its first buffer, each
 * without and with its AOT cache, on a simulated host; and what the preserve after a restore takes
 * beside the one before. The rows are measured in turn, one run of each a round.
 */
public final class StartupBenchmark {
  private static final int ROUNDS = 11;
  private static final String SMALL = "5 buffers of 64 KiB";
  private static final String LARGE = "10,000 buffers of 4 KiB";

  /** What the launcher gives every JVM, and what it gives one that an update waits for. */
  private static final List<String> TOOL_FLAGS =
      List.of("-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash", "-XX:-UsePerfData");

  private static final String C1 = "-XX:TieredStopAtLevel=1";
  private static final String QUIET = "-Xlog:aot*=off,cds*=off";

  /** One run; returns its milliseconds. */
  private interface Run {
    double millis() throws IOException, InterruptedException;
  }

  /** The JVM that does nothing. */
  static final class Empty {
    private Empty() {}

    public static void main(String[] arguments) {
      System.out.println("nothing");
    }
  }

  private final Path scratch;
  private final Path flags;
  private final String toolPath;
  private final Path toolCache;
  private final String driverPath;
  private final Path driverCache;
  private final Path profiledCache;
  private final Map<String, Run> rows = new LinkedHashMap<>();

  private StartupBenchmark(Path root, Path scratch) throws IOException, InterruptedException {
    this.scratch = scratch;
    this.flags = root.resolve("jvm.flags");
    // Builds the tool where its sources are new, and its cache.
    run(List.of(root.resolve("holdfast").toString(), "version"));
    Path app = root.resolve(".holdfast/current").toRealPath();
    List<String> jars =
        Files.readAllLines(app.resolve("jars")).stream()
            .map(jar -> app.resolve("lib").resolve(jar).toString())
            .toList();
    this.toolPath = String.join(":", jars);
    try (Stream<Path> files = Files.list(app)) {
      this.toolCache =
          files.filter(file -> file.toString().endsWith(".aot")).findAny().orElseThrow();
    }
    // A cache takes no directory of classes.
    Path jar = scratch.resolve("bench.jar");
    pack(root.resolve("tests/target/classes"), jar);
    this.driverPath = jar + ":" + toolPath;
    this.driverCache = scratch.resolve("driver.aot");
    this.profiledCache = scratch.resolve("profiled.aot");
    run(
        driver(
            List.of(
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-AOTRecordTraining",
                "-XX:AOTCacheOutput=" + driverCache),
            "rehearse"));
    run(driver(List.of("-XX:AOTCacheOutput=" + profiledCache), "rehearse"));
  }

  /** The only argument is the number of rounds. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int rounds = arguments.length == 0 ? ROUNDS : Integer.parseInt(arguments[0]);
    Path scratch = Files.createTempDirectory("holdfast-startup-");
    try {
      new StartupBenchmark(Path.of(System.getProperty("holdfast.root")), scratch).measure(rounds);
    } finally {
      try (Stream<Path> files = Files.walk(scratch)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void measure(int rounds) throws IOException, InterruptedException {
    Path small = setUp("small", 5, 64 << 10);
    Path large = setUp("large", 10_000, 4096);
    List<String> empty = java(TOOL_FLAGS, driverPath, Empty.class.getName());
    rows.put("an empty JVM", () -> wall(empty));
    rows.put("restore, " + SMALL + ", no cache", () -> restore(small, List.of()));
    rows.put("restore, " + SMALL, () -> restore(small, cache(toolCache)));
    rows.put("restore, " + LARGE + ", no cache", () -> restore(large, List.of()));
    rows.put("restore, " + LARGE, () -> restore(large, cache(toolCache)));
    rows.put("main to first buffer, no cache", () -> told(small, List.of(), "restore"));
    rows.put(
        "main to first buffer, cache with method profiles",
        () -> told(small, cache(profiledCache), "restore"));
    rows.put("main to first buffer", () -> told(small, cache(driverCache), "restore"));
    rows.put("the first preserve", this::firstPreserve);
    for (StartupDriver.Before before : StartupDriver.Before.values()) {
      rows.put(
          "the preserve after a restore, " + before,
          () -> told(small, List.of(), "preserve", before.name()));
    }
    print(medians(rounds));
  }

  private Map<String, Double> medians(int rounds) throws IOException, InterruptedException {
    Map<String, double[]> all = new LinkedHashMap<>();
    rows.keySet().forEach(row -> all.put(row, new double[rounds]));
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, Run> row : rows.entrySet()) {
        all.get(row.getKey())[round] = row.getValue().millis();
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    all.forEach((row, millis) -> {
      Arrays.sort(millis);
      medians.put(row, millis[rounds / 2]);
    });
    return medians;
  }

  private static void print(Map<String, Double> medians) {
    double empty = medians.get("an empty JVM");
    double first = medians.get("the first preserve");
    medians.forEach((row, millis) -> {
      boolean preserve = row.contains("preserve");
      System.out.printf(
          "%-52s %8.1f ms  %6.2f × %s%n",
          row, millis, millis / (preserve ? first : empty), preserve ? "the first" : "empty JVM");
    });
  }

  private Path setUp(String name, int buffers, long bytes)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectory(scratch.resolve(name));
    run(driver(List.of(), "set-up", directory.toString(), "" + buffers, "" + bytes));
    return directory;
  }

  private double firstPreserve() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(scratch, "first-");
    return nanos(run(driver(List.of(), "set-up", directory.toString(), "5", "65536")));
  }

  /** The tool's restore, from exec to exit, on a copy of what was set up. */
  private double restore(Path setUp, List<String> more) throws IOException, InterruptedException {
    Path copy = copyOf(setUp);
    List<String> line = new ArrayList<>(TOOL_FLAGS);
    line.add(C1);
    line.addAll(more);
    List<String> command = java(line, toolPath, "io.holdfast.cli.Main");
    command.addAll(
        List.of(
            "--host=sim:" + copy.resolve("machine"),
            "--state=" + copy.resolve("state"),
            "restore",
            "--consume",
            "--session=startup"));
    return wall(command);
  }

  /** What the driver says it took, on a copy of what was set up. */
  private double told(Path setUp, List<String> more, String what, String... rest)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(what, copyOf(setUp).toString()));
    arguments.addAll(List.of(rest));
    return nanos(run(driver(more, arguments.toArray(String[]::new))));
  }

  private static double nanos(String output) {
    return Long.parseLong(output.strip()) / 1e6;
  }

  private Path copyOf(Path setUp) throws IOException, InterruptedException {
    Path copy = scratch.resolve("copy");
    run(List.of("rm", "-rf", copy.toString()));
    run(List.of("cp", "-a", setUp.toString(), copy.toString()));
    return copy;
  }

  private static List<String> cache(Path cache) {
    return List.of("-XX:AOTCache=" + cache, QUIET);
  }

  private List<String> driver(List<String> more, String... arguments) {
    List<String> line = new ArrayList<>(TOOL_FLAGS);
    line.addAll(more);
    List<String> command = java(line, driverPath, StartupDriver.class.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  private List<String> java(List<String> more, String classPath, String main) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + flags);
    command.addAll(more);
    command.addAll(List.of("-cp", classPath, main));
    return command;
  }

  private static double wall(List<String> command) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    run(command);
    return (System.nanoTime() - begin) / 1e6;
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(
          String.join(" ", command) + " ended with " + process.exitValue() + ": " + output);
    }
    return output;
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (Stream<Path> files = Files.walk(classes.resolve("io/holdfast/bench"));
        OutputStream out = Files.newOutputStream(jar);
        JarOutputStream to = new JarOutputStream(out)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        to.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, to);
        to.closeEntry();
      }
    }
  }
}
