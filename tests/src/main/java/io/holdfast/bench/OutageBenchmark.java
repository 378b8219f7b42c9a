package io.holdfast.bench;

import io.holdfast.outage.HostOutage;
import io.holdfast.outage.Outage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the outage of a live update is made of, stage by stage, on a simulated kernel; with what was
 * measured in the guest, if it was ({@code tests/vm/run outage}), and how far all of it is from
 * what is aimed at.
 */
public final class OutageBenchmark {
  private static final int ROUNDS = 7;

  private OutageBenchmark() {}

  /**
   * Takes the repository's root, and how many rounds; with {@code report} in their place it only
   * shows what was measured before.
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path root = Path.of(arguments[0]);
    Path folder = root.resolve("tests/target/outage");
    if (arguments.length < 2 || !arguments[1].equals("report")) {
      int rounds = arguments.length < 2 ? ROUNDS : Integer.parseInt(arguments[1]);
      HostOutage.run(folder, root.resolve("holdfast"), rounds);
    }
    Outage.report(folder);
  }
}
