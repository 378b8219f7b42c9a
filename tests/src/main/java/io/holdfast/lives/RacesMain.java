package io.holdfast.lives;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/**
 * Runs {@link Races} for {@code tests/lives/mutate}: arguments are the seed and how many rounds.
 */
public final class RacesMain {
  private RacesMain() {}

  /** Exits with 1 where something did not hold. */
  public static void main(String[] args) throws IOException {
    Races races = new Races(Long.parseLong(args[0]));
    long began = System.nanoTime();
    Optional<Races.Failed> failed =
        races.run(Files.createTempDirectory("holdfast-races-"), Integer.parseInt(args[1]));
    failed.ifPresent(it -> {
      System.out.printf("found|%s|%d|%d%n", it.what().replace('|', '/'), it.seed(), it.round());
    });
    System.out.printf(
        "%d rounds, %,d reads, %,d refusals, %.1f s%n",
        races.rounds(), races.reads(), races.refusals(), (System.nanoTime() - began) / 1e9);
    System.exit(failed.isPresent() ? 1 : 0);
  }
}
