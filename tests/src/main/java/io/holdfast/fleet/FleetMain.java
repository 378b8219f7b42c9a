package io.holdfast.fleet;

import io.holdfast.fleet.HostUpdate.Fault;
import io.holdfast.fleet.HostUpdate.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What rollouts over many hosts lose and cost, by how often a host has a fault. What each fault
 * does to a session is found out on simulated hosts; which hosts have one is drawn, for many
 * rollouts.
 */
public final class FleetMain {
  private static final double[] RATES = {0.0001, 0.001, 0.01, 0.1};
  private static final Fault[] FAULTS = Fault.values();
  private static final double SECONDS_PER_HOUR = 3600;

  private FleetMain() {}

  /** Takes HOSTS ROLLOUTS SECONDS-PER-HOST HOSTS-AT-A-TIME and, optionally, a SEED. */
  public static void main(String[] arguments) throws IOException {
    int hosts = Integer.parseInt(arguments[0]);
    int rollouts = Integer.parseInt(arguments[1]);
    double seconds = Double.parseDouble(arguments[2]);
    int forks = Integer.parseInt(arguments[3]);
    long seed = arguments.length > 4 ? Long.parseLong(arguments[4]) : System.nanoTime();
    System.out.println("seed " + seed);
    Map<Fault, Outcome> does = does(seed);
    does.forEach((fault, outcome) -> System.out.println(fault + ": " + outcome));
    Map<String, List<Integer>> plans = new LinkedHashMap<>();
    plans.put("all at once", List.of(hosts));
    plans.put("1, 10 %, 25 %…", Rollout.waves(hosts, 0, 0.1, 0.25));
    plans.put("1, 0.1 %, 1 %, 10 %…", Rollout.waves(hosts, 0, 0.001, 0.01, 0.1));
    System.out.println("| a host in | waves | sessions lost | waiting | untouched | hours |");
    System.out.println("|---|---|---|---|---|---|");
    for (double rate : RATES) {
      plans.forEach((name, waves) -> {
        long lost = 0;
        long waiting = 0;
        long untouched = 0;
        double hours = 0;
        for (int i = 0; i < rollouts; i++) {
          Outcome[] drawn = drawn(hosts, rate, new Random(seed + i), does);
          Rollout rollout = Rollout.run(waves, host -> drawn[host]);
          lost += rollout.count(Outcome.LOST);
          waiting += rollout.count(Outcome.BLOCKED);
          untouched += rollout.count(Outcome.UNTOUCHED);
          hours += hours(waves.subList(0, rollout.waves()), seconds, forks);
        }
        System.out.printf(
            "| %,.0f | %s | %.1f | %.1f | %.0f | %.1f |%n",
            1 / rate,
            name,
            (double) lost / rollouts,
            (double) waiting / rollouts,
            (double) untouched / rollouts,
            hours / rollouts);
      });
    }
  }

  /** What each fault does to the session of a simulated host. */
  static Map<Fault, Outcome> does(long seed) throws IOException {
    Map<Fault, Outcome> does = new EnumMap<>(Fault.class);
    for (Fault fault : FAULTS) {
      Path folder = Files.createTempDirectory("fleet");
      try {
        does.put(fault, HostUpdate.run(folder, seed, fault));
      } finally {
        try (Stream<Path> files = Files.walk(folder)) {
          files.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
        }
      }
    }
    return does;
  }

  private static Outcome[] drawn(int hosts, double rate, Random random, Map<Fault, Outcome> does) {
    Outcome[] drawn = new Outcome[hosts];
    for (int i = 0; i < hosts; i++) {
      boolean bad = random.nextDouble() < rate;
      drawn[i] = does.get(bad ? FAULTS[1 + random.nextInt(FAULTS.length - 1)] : Fault.NONE);
    }
    return drawn;
  }

  private static double hours(List<Integer> waves, double seconds, int forks) {
    return waves.stream().mapToInt(size -> (size + forks - 1) / forks).sum()
        * seconds
        / SECONDS_PER_HOUR;
  }
}
