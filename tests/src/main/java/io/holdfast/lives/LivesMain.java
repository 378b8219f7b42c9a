package io.holdfast.lives;

import java.util.Optional;
import java.util.SplittableRandom;

/** The command {@code tests/lives/run}. */
public final class LivesMain {
  private static final String USAGE = "Usage: tests/lives/run [--lives N] [--seed S] [--threads T]";

  private LivesMain() {}

  /** Lives N lives (10,000) from seed S (a random one) on, with T threads (2). */
  public static void main(String[] args) {
    long lives = 10_000;
    long seed = new SplittableRandom().nextLong(1L << 40);
    int threads = 2;
    try {
      for (int i = 0; i < args.length; i += 2) {
        long value = Long.parseLong(args[i + 1]);
        switch (args[i]) {
          case "--lives" -> lives = value;
          case "--seed" -> seed = value;
          case "--threads" -> threads = Math.toIntExact(value);
          default -> throw new IllegalArgumentException(args[i]);
        }
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      System.err.println(USAGE);
      System.exit(2);
    }
    System.out.printf("%,d lives from seed %d on, %d threads%n", lives, seed, threads);
    long start = System.nanoTime();
    Lives all = new Lives(seed, lives, threads);
    Optional<LifeFailed> failed = all.run(System.out);
    double seconds = (System.nanoTime() - start) / 1e9;
    summary(all.tally(), seconds);
    failed.ifPresent(each -> {
      System.out.printf("found|%s|%d|%d%n", each.invariant(), each.seed(), all.tally().lives + 1);
      System.out.println("FAILED: " + each.getMessage());
      if (each.getCause() != null) {
        each.getCause().printStackTrace(System.out);
      }
    });
    System.exit(failed.isPresent() ? 1 : 0);
  }

  private static void summary(Tally tally, double seconds) {
    System.out.printf(
        "%,d lives in %.1f s: %.0f lives/s, %,d operations, %,d system calls (%.0f a life)%n",
        tally.lives,
        seconds,
        tally.lives / seconds,
        tally.operations,
        tally.calls,
        (double) tally.calls / Math.max(1, tally.lives));
    System.out.printf(
        "%,d restores (%,d taken over, of %,d handed over), %,d resumes (%,d left by the tool), %,d"
            + " kexecs, %,d cold boots, %,d deaths, %,d DMA transfers%n",
        tally.restores,
        tally.takeovers,
        tally.handOvers,
        tally.resumes,
        tally.left,
        tally.kexecs,
        tally.coldBoots,
        tally.deaths,
        tally.transfers);
    System.out.println("refusals:");
    tally.refusals().forEach((kind, count) -> System.out.printf("  %,8d  %s%n", count, kind));
  }
}
