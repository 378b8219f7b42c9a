package io.holdfast.bench;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.session.PreserveOptions;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the second thread that computes checksums is worth: {@code preserve()} of 1 GiB in 16
 * buffers, with checksums and without, in a JVM that sees one processor, and so has no such thread,
 * and in one that sees two. A child each a round, in turn; of its turns the first ones warm it up.
 */
public final class ChecksumsBenchmark {
  private static final int BUFFERS = 16;
  private static final long BUFFER_BYTES = 64L << 20;
  private static final int WARM_UPS = 5;
  private static final int TURNS = 10;

  private ChecksumsBenchmark() {}

  /** Takes how many rounds, 5 by default; {@code child} is for itself. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length == 1 && arguments[0].equals("child")) {
      child();
      return;
    }
    int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
    Map<String, List<Double>> times = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      for (int processors = 1; processors <= 2; processors++) {
        for (String line : run(processors)) {
          int end = line.lastIndexOf(' ');
          times
              .computeIfAbsent(line.substring(0, end), _ -> new ArrayList<>())
              .add(Double.valueOf(line.substring(end + 1)));
        }
      }
    }
    System.out.println("| preserve() of 1 GiB, ms | one processor | two | one / two |");
    System.out.println("|---|---|---|---|");
    for (String what : List.of("without checksums", "with checksums")) {
      double one = median(times.get("1 " + what));
      double two = median(times.get("2 " + what));
      System.out.printf("| %s | %.1f | %.1f | %.2f × |%n", what, one, two, one / two);
    }
  }

  private static List<String> run(int processors) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-XX:ActiveProcessorCount=" + processors);
    command.add("-XX:+UseSerialGC"); // One with two processors would have another one.
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ChecksumsBenchmark.class.getName(),
            "child"));
    Process child =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (child.waitFor() != 0) {
      throw new IOException("a child ended with " + child.exitValue());
    }
    return printed.lines().map(line -> processors + " " + line).toList();
  }

  private static void child() throws IOException {
    Path folder = Files.createTempDirectory("holdfast-checksums-");
    try (SimulatedHost host =
            SimulatedHost.open(
                folder.resolve("machine"), SimulatedMachine.standard().withMemoryBytes(2L << 30));
        LiveSession session = LiveSession.openOrRestore(host, "bench", folder.resolve("state"))) {
      Ioas rings = session.ioas("rings");
      session.bind(SimulatedMachine.EDU_ADDRESS, rings);
      for (int i = 0; i < BUFFERS; i++) {
        rings.buffer("buffer" + i, BUFFER_BYTES).segment().fill((byte) i);
      }
      double[] without = new double[TURNS];
      double[] with = new double[TURNS];
      for (int turn = -WARM_UPS; turn < TURNS; turn++) {
        double plain = preserve(session, PreserveOptions.defaults());
        double summed = preserve(session, PreserveOptions.defaults().withChecksums());
        if (turn >= 0) {
          without[turn] = plain;
          with[turn] = summed;
        }
      }
      System.out.println("without checksums " + Medians.of(without));
      System.out.println("with checksums " + Medians.of(with));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static double preserve(LiveSession session, PreserveOptions options) {
    long began = System.nanoTime();
    session.preserve(options);
    double millis = (System.nanoTime() - began) / 1e6;
    session.cancelPreserve();
    return millis;
  }

  private static double median(List<Double> values) {
    return Medians.of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
