package io.holdfast.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What one run of one store came to.
 *
 * @param rate thousands of records a second, not durable
 * @param durable thousands of records a second, each batch durable
 * @param scanMillis a new JVM that opens the store and visits everything, from its start to its end
 * @param megabytes blocks that its files occupy, in 10^6 bytes
 * @param recordBytes how large a record is on average
 */
record Measurement(
    double rate, double durable, double scanMillis, double megabytes, int recordBytes) {

  /** The four figures of the table. */
  double figure(int column) {
    return switch (column) {
      case 0 -> rate;
      case 1 -> durable;
      case 2 -> scanMillis;
      default -> megabytes;
    };
  }

  static Measurement of(StoreKind kind, Workload workload, Path folder)
      throws IOException, InterruptedException {
    Path store = folder.resolve(kind.name());
    try {
      // What others have deleted or written is not to be waited for by this one.
      run("sync", List.of("sync", "-f", folder.toString()));
      String[] written =
          worker(
                  "write",
                  kind.name(),
                  store.toString(),
                  String.valueOf(workload.records()),
                  String.valueOf(workload.extents()))
              .split(" ", -1);
      double megabytes =
          Long.parseLong(
                  run("measure " + store, List.of("du", "-s", "--block-size=1", store.toString()))
                      .split("\t", -1)[0])
              / 1e6;
      long start = System.nanoTime();
      worker("scan", kind.name(), store.toString(), written[3]);
      double scanMillis = (System.nanoTime() - start) / 1e6;
      return new Measurement(
          Double.parseDouble(written[0]),
          Double.parseDouble(written[1]),
          scanMillis,
          megabytes,
          Integer.parseInt(written[2]));
    } finally {
      for (String name : new String[] {kind.name(), kind.name() + "-aside"}) {
        if (folder.resolve(name).toFile().exists()) {
          StoreWorker.delete(folder.resolve(name));
        }
      }
    }
  }

  private static String worker(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), StoreWorker.class.getName()));
    command.addAll(List.of(arguments));
    return run(arguments[0] + " " + arguments[1], command);
  }

  private static String run(String what, List<String> command)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    if (exitCode != 0) {
      throw new IllegalStateException(
          "exit code " + exitCode + " of the process that was to " + what + "; see above");
    }
    return output.strip();
  }
}
