package io.holdfast.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The journal's storage beside other stores: the same records, in one run, the stores taking turns.
 * Prints a Markdown table; each cell is the median of the rounds, and below it that of its ratio to
 * the plain file in the same round.
 */
@Command(
    name = "tests/bench/run stores",
    sortOptions = false,
    description =
        "Measures the journal's storage beside other stores, and prints a Markdown table.")
public final class StoresBenchmark implements Callable<Integer> {
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  @Option(
      names = "--records",
      split = ",",
      paramLabel = "N",
      defaultValue = "200000,1000000",
      description =
          "How many records of about 128 bytes, one table each; default ${DEFAULT-VALUE}.")
  private List<Integer> records;

  @Option(
      names = "--fragmented",
      split = ",",
      paramLabel = "N",
      defaultValue = "20000",
      description = "How many mappings of 256 extents each; default ${DEFAULT-VALUE}, 0 for none.")
  private List<Integer> fragmented;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often everything is measured; default ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "Where to write, on the file system to be measured; default: the temporary folder.")
  private Path folder;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "STORE",
      description = "Only these, of ${COMPLETION-CANDIDATES}.")
  private List<StoreKind> only = List.of(StoreKind.values());

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Prints this.")
  @SuppressWarnings("UnusedVariable") // picocli asks for it
  private boolean help;

  /** Runs the benchmark; {@code --help} tells its options. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new StoresBenchmark())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path in = folder == null ? Path.of(System.getProperty("java.io.tmpdir")) : folder;
    Path own = Files.createTempDirectory(in, "holdfast-stores-");
    try {
      OUT.printf(
          "%d cores, JDK %s, Linux %s, %s, load at the start %s; medians of %d rounds%n%n",
          Runtime.getRuntime().availableProcessors(),
          Runtime.version(),
          System.getProperty("os.version"),
          Files.getFileStore(own).type(),
          load(),
          rounds);
      for (int count : records) {
        measure(new Workload(count, Workload.SMALL_EXTENTS), own);
      }
      for (int count : fragmented) {
        if (count > 0) {
          measure(new Workload(count, Workload.FRAGMENTED_EXTENTS), own);
        }
      }
      notes();
      return 0;
    } finally {
      StoreWorker.delete(own);
    }
  }

  private void measure(Workload workload, Path own) throws IOException, InterruptedException {
    Map<StoreKind, List<Measurement>> measured = new EnumMap<>(StoreKind.class);
    for (int round = 0; round < rounds; round++) {
      // Whoever comes first meets what happened before the round, so that is another one each time.
      List<StoreKind> order = new ArrayList<>(only);
      Collections.rotate(order, -round * only.size() / rounds);
      for (StoreKind kind : order) {
        System.err.printf(
            "round %d of %d, %,d records: %s%n", round + 1, rounds, workload.records(), kind);
        measured
            .computeIfAbsent(kind, k -> new ArrayList<>())
            .add(Measurement.of(kind, workload, own));
      }
    }
    int recordBytes = measured.get(only.getFirst()).getFirst().recordBytes();
    OUT.printf(
        Locale.ROOT,
        "| %,d mappings of %d extents, %,d bytes each | k records/s | durable, k records/s | cold"
            + " open and scan, ms | on disk, MB |%n|---|---|---|---|---|%n",
        workload.records(),
        workload.extents(),
        recordBytes);
    List<Measurement> plain = measured.get(StoreKind.PLAIN);
    measured.forEach((kind, runs) -> {
      row(kind.title, "%,.0f", column -> median(rounds, round -> runs.get(round).figure(column)));
      if (plain != null && kind != StoreKind.PLAIN) {
        row(
            "",
            "× %.2f",
            column ->
                median(
                    rounds,
                    round -> runs.get(round).figure(column) / plain.get(round).figure(column)));
      }
    });
    OUT.printf("%nLoad at the end: %s%n%n", load());
  }

  private static void row(String title, String format, ToDoubleFunction<Integer> figure) {
    StringBuilder row = new StringBuilder("| ").append(title).append(" |");
    for (int column = 0; column < 4; column++) {
      row.append(' ')
          .append(String.format(Locale.ROOT, format, figure.applyAsDouble(column)))
          .append(" |");
    }
    OUT.println(row);
  }

  private static double median(int rounds, ToDoubleFunction<Integer> figure) {
    double[] figures = new double[rounds];
    Arrays.setAll(figures, figure::applyAsDouble);
    Arrays.sort(figures);
    return (figures[(rounds - 1) / 2] + figures[rounds / 2]) / 2;
  }

  private void notes() {
    OUT.printf(
        "Batches of %d. A batch that was acknowledged survives kill -9 in every column, a power cut"
            + " in the durable one.%nRates are those of a JVM that has written as many as 100,000"
            + " records before; the scan is that of a new JVM, its start%nincluded, with the file"
            + " in the page cache. × is the ratio to the plain file.%n%n",
        Workload.BATCH);
    for (StoreKind kind : only) {
      OUT.printf(
          "- %s: %s%s%n",
          kind.title,
          kind.configuration,
          kind.checksWhatItReads ? "" : " Its scan does not check the records' bytes.");
    }
  }

  private static String load() throws IOException {
    String[] loads = Files.readString(Path.of("/proc/loadavg")).split(" ", -1);
    return String.join(" ", loads[0], loads[1], loads[2]);
  }
}
