package io.holdfast.lives;

import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.disk.Disk;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Rounds in which two to four threads use one session on the simulated kernel while parts of it, or
 * all of it, are closed, and are interrupted meanwhile. What each thread does comes from the seed;
 * how they meet is the scheduler's, so a seed does not always fail again.
 */
public final class Races {
  /** The slot that every round's readers and writers use. */
  static final io.holdfast.model.PciAddress FIRST = SimulatedMachine.EDU_ADDRESS;

  /** A second device, which gets the numbers that the first gives up. */
  static final io.holdfast.model.PciAddress SECOND = new io.holdfast.model.PciAddress(0, 0, 5, 0);

  /**
   * What did not hold.
   *
   * @param round the round, from 1
   */
  public record Failed(String what, long seed, int round) {}

  private final long seed;
  private int rounds;
  private long reads;
  private long refusals;

  /** Rounds whose dice are this seed's. */
  public Races(long seed) {
    this.seed = seed;
  }

  /** How many rounds were run to the end. */
  public int rounds() {
    return rounds;
  }

  /** How many addresses were read, in all rounds. */
  public long reads() {
    return reads;
  }

  /** How many uses were refused because something was closed or sealed, in all rounds. */
  public long refusals() {
    return refusals;
  }

  /** Runs rounds until one fails. */
  public Optional<Failed> run(Path folder, int most) {
    SimulatedMachine machine = SimulatedMachine.standard().withDevice(SECOND, EduDevice.class);
    try (SimulatedKernel kernel = SimulatedKernel.create(folder.resolve("machine"), machine)) {
      SimulatedProcess process = kernel.process();
      WatchedCalls calls = new WatchedCalls(process);
      SyscallsHost host = new SyscallsHost(calls, Disk.local(), "a watched process");
      Path state = folder.resolve("state");
      for (int number = 1; number <= most; number++) {
        long roundSeed = seed + number - 1;
        calls.begin(roundSeed);
        int before = process.openDescriptors();
        long mapped = calls.mapped();
        LiveSession session =
            LiveSession.openOrRestore(
                host, "nic0", state, SessionOptions.defaults().withEnvironment(Map.of()));
        RaceRound round = new RaceRound(session, calls, roundSeed);
        Optional<String> wrong = round.run(state.resolve("nic0").resolve("journal"));
        reads += round.reads();
        refusals += round.refusals();
        if (wrong.isEmpty() && process.openDescriptors() != before) {
          wrong = Optional.of(process.openDescriptors() - before + " descriptors are left open");
        }
        if (wrong.isEmpty() && calls.mapped() != mapped) {
          wrong = Optional.of(calls.mapped() - mapped + " mappings are left");
        }
        if (wrong.isEmpty() && kernel.pinnedMemoryBytes() != 0) {
          wrong = Optional.of(kernel.pinnedMemoryBytes() + " bytes are left pinned");
        }
        if (wrong.isPresent()) {
          return Optional.of(new Failed(wrong.get(), roundSeed, number));
        }
        rounds++;
      }
      host.close();
    }
    return Optional.empty();
  }
}
