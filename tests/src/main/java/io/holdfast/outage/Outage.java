package io.holdfast.outage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Tables and pictures of what an outage is made of, from what was measured on the host and in the
 * guest.
 */
public final class Outage {
  static final Setup SMALL = new Setup(5, 64 << 10);
  static final Setup LARGE = new Setup(1, 1 << 30);
  static final Setup SOME = new Setup(1_000, 64 << 10);
  static final Setup MANY = new Setup(10_000, 4 << 10);

  /** A driver in a JVM that restores for the first time. */
  static final String HOLDFAST = "holdfast";

  /** The same in a JVM that has restored another session before. */
  static final String WARM = "warm";

  /** The same without a start-up cache. */
  static final String WITHOUT_CACHE = "without-cache";

  /** The program {@code tests/vm/bare.c}. */
  static final String C = "c";

  /** {@code holdfast restore --consume}: its JVM, and the launcher with it. */
  static final String TOOL = "tool";

  static final String LAUNCHER = "launcher";
  static final String EMPTY_JVM = "empty-jvm";

  /** What belongs to no program. */
  static final String SYSTEM = "system";

  private static final double NANOS_PER_MILLI = 1e6;
  private static final List<OutageStage> STAGES = List.of(OutageStage.values());
  private static final List<OutageStage> OF_THE_SYSTEM =
      List.of(
          OutageStage.SHUTDOWN,
          OutageStage.KEXEC,
          OutageStage.KERNEL_TO_INIT,
          OutageStage.INIT_TO_EXEC);

  private final Path folder;

  private Outage(Path folder) {
    this.folder = folder;
  }

  /**
   * Prints what the files {@code host} and {@code guest} of a folder hold, and draws {@code
   * host.svg} and {@code guest.svg} beside them.
   */
  public static void report(Path folder) throws IOException {
    new Outage(folder).report();
  }

  private void report() throws IOException {
    Figures host = read("host");
    Figures guest = read("guest");
    if (!host.isEmpty()) {
      System.out.println("On the host, simulated kernel\n");
      tables(host);
      processes(host);
      draw(host, "host", "The outage on the host, on a simulated kernel");
    }
    if (!guest.isEmpty()) {
      System.out.println("In the guest, Linux under emulation\n");
      tables(guest);
      processes(guest);
      draw(guest, "guest", "The outage in the guest, from the last I/O to the first");
    }
    System.out.println("| | aim | measured | |\n|---|---|---|---|");
    Aim.all(host, guest).forEach(aim -> System.out.println(aim.row()));
  }

  private Figures read(String name) throws IOException {
    Figures figures = new Figures();
    Path file = folder.resolve(name);
    if (Files.exists(file)) {
      figures.read(file);
    }
    return figures;
  }

  /** Each stage of each setup: cold, warm, and in C where that was measured. */
  private static void tables(Figures figures) {
    List<String> rows = new ArrayList<>(STAGES.stream().map(OutageStage::id).toList());
    rows.addAll(
        List.of(
            Figures.RESTORE,
            Figures.OPEN,
            Figures.KERNEL,
            Figures.SIMULATION,
            Figures.FIRST_PRESERVE,
            Figures.INSIDE));
    for (Setup setup : figures.setups()) {
      boolean hasC = figures.count(setup, C, Figures.RESTORE) > 0;
      System.out.printf(
          "| %s, medians of %d | cold | warm |%s%n|---|---|---|%s%n",
          setup.title(),
          figures.count(setup, HOLDFAST, Figures.RESTORE),
          hasC ? " C | cold / C | warm / C |" : "",
          hasC ? "---|---|---|" : "");
      for (String what : rows) {
        String cells = cells(figures, setup, what, hasC);
        if (!cells.replaceAll("[| ]", "").isEmpty()) {
          System.out.println("| " + what + cells + " |");
        }
      }
      System.out.println();
    }
  }

  private static String cells(Figures figures, Setup setup, String what, boolean hasC) {
    OptionalDouble cold = figures.median(setup, HOLDFAST, what);
    if (cold.isEmpty()) {
      cold = figures.median(setup, SYSTEM, what);
    }
    OptionalDouble warm = figures.median(setup, WARM, what);
    String cells = " | " + Text.nanos(cold) + " | " + Text.nanos(warm);
    if (!hasC) {
      return cells;
    }
    // What openOrRestore does, C does between main and FINISH.
    OptionalDouble c = figures.median(setup, C, what.equals(Figures.OPEN) ? Figures.RESTORE : what);
    return String.join(
        " | ",
        cells,
        Text.nanos(c),
        Text.times(Text.ratio(cold, c)),
        Text.times(Text.ratio(warm, c)));
  }

  /** Whole processes, beside an empty JVM. */
  private static void processes(Figures figures) {
    Map<String, String> titles = new LinkedHashMap<>();
    titles.put(EMPTY_JVM, "an empty JVM");
    titles.put("c-nothing", "an empty C program");
    titles.put(TOOL, "`holdfast restore`, its JVM");
    titles.put(LAUNCHER, "`holdfast restore`, with its launcher");
    System.out.println(
        "| exec to exit | setup | median | / empty JVM | processor time | / empty JVM |\n"
            + "|---|---|---|---|---|---|");
    OptionalDouble empty = figures.median(SMALL, EMPTY_JVM, Figures.EXIT);
    OptionalDouble emptyProcessor = figures.median(SMALL, EMPTY_JVM, Figures.PROCESSOR);
    titles.forEach((who, title) -> {
      for (Setup setup : figures.setups()) {
        OptionalDouble median = figures.median(setup, who, Figures.EXIT);
        OptionalDouble processor = figures.median(setup, who, Figures.PROCESSOR);
        if (median.isPresent()) {
          process(title, setup.title(), median, empty);
          System.out.printf(
              " %s | %s |%n",
              Text.nanos(processor), Text.times(Text.ratio(processor, emptyProcessor)));
        }
      }
    });
    for (Setup setup : figures.setups()) {
      process(
          "`main` to first buffer",
          setup.title(),
          figures.median(setup, HOLDFAST, Figures.RESTORE),
          empty);
      System.out.println("  |  |");
      OptionalDouble without = figures.median(setup, WITHOUT_CACHE, Figures.RESTORE);
      if (without.isPresent()) {
        process("the same without an AOT cache", setup.title(), without, empty);
        System.out.println("  |  |");
      }
    }
    System.out.println();
  }

  /** The cells that every row of the table has. */
  private static void process(
      String title, String setup, OptionalDouble median, OptionalDouble empty) {
    System.out.printf(
        "| %s | %s | %s | %s |",
        title, setup, Text.nanos(median), Text.times(Text.ratio(median, empty)));
  }

  private void draw(Figures figures, String name, String title) throws IOException {
    StackedBars picture = new StackedBars(title, STAGES.stream().map(OutageStage::id).toList());
    for (Setup setup : figures.setups()) {
      for (String who : Arrays.asList(HOLDFAST, WARM, C)) {
        if (figures.count(setup, who, Figures.RESTORE) > 0) {
          String program = who.equals(HOLDFAST) ? "" : who.equals(WARM) ? ", warm" : ", in C";
          picture.add(new StackedBars.Bar(setup.title() + program, parts(figures, setup, who)));
        }
      }
    }
    Files.writeString(folder.resolve(name + ".svg"), picture.svg());
    System.out.println("The picture: " + folder.resolve(name + ".svg") + "\n");
  }

  /**
   * A warm JVM is not started within the outage; the system takes as long whatever the driver is.
   */
  private static Map<Integer, Double> parts(Figures figures, Setup setup, String who) {
    Map<Integer, Double> parts = new TreeMap<>();
    for (OutageStage stage : STAGES) {
      String owner = OF_THE_SYSTEM.contains(stage) ? SYSTEM : who;
      OptionalDouble median = figures.median(setup, owner, stage.id());
      if (median.isPresent()) {
        parts.put(STAGES.indexOf(stage), median.getAsDouble() / NANOS_PER_MILLI);
      }
    }
    return parts;
  }
}
