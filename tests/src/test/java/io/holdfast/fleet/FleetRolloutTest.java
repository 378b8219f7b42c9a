package io.holdfast.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fleet.HostUpdate.Fault;
import io.holdfast.fleet.HostUpdate.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rollouts over simulated hosts with faults: they stop within the first wave that has one, and
 * nothing is touched beyond it. {@code -Dholdfast.fleet=400} tries more hosts, {@code
 * -Dholdfast.seed=S} replays.
 */
final class FleetRolloutTest {
  private static final Map<Fault, Outcome> EXPECTED =
      Map.of(
          Fault.NONE, Outcome.KEPT,
          Fault.NO_LIVE_UPDATE, Outcome.REFUSED,
          Fault.DEVICE_GONE, Outcome.BLOCKED,
          Fault.COLD_BOOT, Outcome.LOST,
          Fault.HOLDER_KILLED, Outcome.LOST);

  @TempDir private Path folder;

  @Test
  void everyFaultEndsAsItHasTo() throws Exception {
    assertThat(FleetMain.does(1)).isEqualTo(EXPECTED);
  }

  @Test
  void wavesCoverTheFleet() {
    assertThat(Rollout.waves(10_000, 0, 0.1, 0.25))
        .containsExactly(1, 1000, 2500, 2500, 2500, 1499);
    assertThat(Rollout.waves(3, 0, 0.1, 0.25)).containsExactly(1, 1, 1);
    assertThat(Rollout.waves(0, 1)).isEmpty();
  }

  @Test
  void aRolloutStopsWithinTheFirstWaveThatHasAFault() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    int hosts = Integer.getInteger("holdfast.fleet", 40);
    System.out.println("fleet: seed " + seed + "; replay with -Dholdfast.seed=" + seed);
    Random random = new Random(seed);
    List<Integer> waves = Rollout.waves(hosts, 0, 0.1, 0.25);
    int bad = 1 + random.nextInt(hosts - 1);
    Fault fault = Fault.values()[1 + random.nextInt(Fault.values().length - 1)];
    Rollout rollout =
        Rollout.run(
            waves,
            host ->
                HostUpdate.run(
                    folder.resolve("host" + host), seed + host, host == bad ? fault : Fault.NONE));
    int touched = 0;
    for (int wave = 0; touched <= bad; wave++) {
      touched += waves.get(wave);
    }
    for (int host = 0; host < hosts; host++) {
      Outcome wanted =
          host == bad ? EXPECTED.get(fault) : host < touched ? Outcome.KEPT : Outcome.UNTOUCHED;
      assertThat(rollout.outcomes().get(host))
          .as("seed %d, %s on host %d: host %d", seed, fault, bad, host)
          .isEqualTo(wanted);
      assertThat(folder.resolve("host" + host).toFile().exists()).isEqualTo(host < touched);
    }
  }

  @Test
  void aRolloutWithoutFaultsReachesEveryHost() {
    Rollout rollout = Rollout.run(Rollout.waves(100, 0, 0.1, 0.25), host -> Outcome.KEPT);
    assertThat(rollout.count(Outcome.KEPT)).isEqualTo(100);
    assertThat(rollout.waves()).isEqualTo(6);
  }
}
