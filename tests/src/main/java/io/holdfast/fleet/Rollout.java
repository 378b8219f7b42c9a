package io.holdfast.fleet;

import io.holdfast.fleet.HostUpdate.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A rollout over many hosts in waves, as the Ansible collection does it: the hosts of a wave are
 * updated side by side, and a wave with a host that is not well is the last.
 *
 * @param outcomes what became of each host, in the order of the hosts
 * @param waves how many waves were begun
 */
record Rollout(List<Outcome> outcomes, int waves) {
  /**
   * The sizes of waves: each of these fractions of the fleet, at least one host, the last repeated
   * until all hosts are in one.
   */
  static List<Integer> waves(int hosts, double... fractions) {
    List<Integer> sizes = new ArrayList<>();
    int left = hosts;
    for (int i = 0; left > 0; i++) {
      double fraction = fractions[Math.min(i, fractions.length - 1)];
      int size = Math.min(left, Math.max(1, (int) (hosts * fraction)));
      sizes.add(size);
      left -= size;
    }
    return List.copyOf(sizes);
  }

  /** Runs one: {@code update} updates a host by its number, on any thread. */
  static Rollout run(List<Integer> waves, IntFunction<Outcome> update) {
    int hosts = waves.stream().mapToInt(Integer::intValue).sum();
    Outcome[] outcomes = new Outcome[hosts];
    Arrays.fill(outcomes, Outcome.UNTOUCHED);
    int first = 0;
    int begun = 0;
    for (int size : waves) {
      begun++;
      IntStream.range(first, first + size)
          .parallel()
          .forEach(host -> outcomes[host] = update.apply(host));
      boolean stops = Arrays.stream(outcomes, first, first + size).anyMatch(Outcome::stopsRollout);
      first += size;
      if (stops) {
        break;
      }
    }
    return new Rollout(List.of(outcomes), begun);
  }

  /** How many hosts ended so. */
  long count(Outcome outcome) {
    return outcomes.stream().filter(each -> each == outcome).count();
  }
}
