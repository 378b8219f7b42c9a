package io.holdfast.lives;

import io.holdfast.LiveSession;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.SessionOptions;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A driver through its processes: what its session holds now, or what the kernel holds for it. Not
 * thread-safe.
 */
final class Driver {
  static final SessionOptions OPTIONS = SessionOptions.defaults().withEnvironment(Map.of());

  private final Life life;
  private final String name;
  private final Path state;
  private final SimulatedHost host;
  private final Recorded recorded;
  private final Work work;
  private final Dma dma;
  private final Sealing sealing;
  private final Truths truths = new Truths();
  private LiveSession session;
  private Model model;

  /** What is restored when the session is opened; null if the kernel holds nothing. */
  private Model waiting;

  /** A file of it is lost for good. */
  private boolean spoiled;

  /** The restore tool, while it runs in the process. */
  private ToolRun tool;

  /** What the tool has passed on and the session has not used up; null if there is none. */
  private ToolRun.Passed passed;

  /** What the process was executed with. */
  private Map<String, String> environment = Map.of();

  Driver(Life life, String name, Path state) {
    this.life = life;
    this.name = name;
    this.state = state;
    this.host =
        SimulatedHost.on(life.kernel())
            .executing()
            .faults(life.faults())
            .diskFaults(life.faults().disk());
    this.recorded = new Recorded(life.attempt(), journal());
    this.work = new Work(life, this);
    this.dma = new Dma(life, this);
    this.sealing = new Sealing(life, this);
  }

  String name() {
    return name;
  }

  SimulatedHost host() {
    return host;
  }

  Work work() {
    return work;
  }

  Dma dma() {
    return dma;
  }

  Sealing sealing() {
    return sealing;
  }

  Path stateDirectory() {
    return state;
  }

  Path manifest() {
    return state.resolve(name).resolve("manifest");
  }

  Path journal() {
    return state.resolve(name).resolve("journal");
  }

  boolean isOpen() {
    return session != null;
  }

  LiveSession session() {
    return session;
  }

  Model model() {
    return model;
  }

  /** Whether its kernel objects keep others from a device. */
  boolean has(PciAddress address) {
    return isOpen()
        ? model.devices.containsKey(address)
        : passed != null && passed.devices().contains(address);
  }

  boolean isSealed() {
    return isOpen() && model.sealed;
  }

  /** Whether all of its buffers are pinned. */
  boolean canPreserve() {
    return model.buffers.values().stream().allMatch(buffer -> model.isAttached(buffer.ioas));
  }

  boolean isWaiting() {
    return waiting != null;
  }

  /** Whether the kernel holds something for it that no process has taken. */
  boolean isInKernel() {
    return waiting != null && life.kernel().waitingSessions().contains(name);
  }

  /** A file of what is waiting cannot be retrieved any more. */
  void spoil() {
    spoiled = true;
  }

  /** Opens the session, which restores what the kernel holds. */
  End open() {
    if (waiting != null && !life.isOver() && life.dice().percent(8)) {
      life.faults().compact(life.dice().between(20, 90), this::compact);
    }
    LiveSession[] opened = new LiveSession[1];
    UUID boot = life.kernel().bootId();
    End end =
        life.attempt()
            .run(
                name + ": open" + what(),
                expected(),
                () ->
                    opened[0] =
                        LiveSession.openOrRestore(
                            host, name, state, OPTIONS.withEnvironment(environment)));
    switch (end) {
      case DONE -> opened(opened[0]);
      case REFUSED -> {
        truths.perhapsBegun(boot);
        boolean taken = waiting != null && !life.kernel().waitingSessions().contains(name);
        boolean untouched = passed != null && host.openDescriptors() == passed.descriptors();
        life.witness()
            .check(
                untouched || host.openDescriptors() <= (taken ? 1 : 0),
                Invariant.NO_LEAK,
                "%d descriptors are open after a refused start",
                host.openDescriptors());
        passed = untouched ? passed : null;
      }
      case DIED -> {
        if (life.faults().isFinished()) {
          truths.are(boot, false);
        }
        truths.perhapsBegun(boot);
        afterDeath();
      }
    }
    return end;
  }

  private String what() {
    return waiting == null ? "" : passed == null ? ", and restore" : ", and take over";
  }

  private Expected expected() {
    boolean scarce = life.kernel().freeMemoryBytes() < Life.SCARCE_BYTES;
    if (waiting == null) {
      // A manifest that was left behind may name a device that is gone.
      return Files.exists(manifest()) || scarce ? Expected.MAY_REFUSE : Expected.WORKS;
    }
    Set<PciAddress> absent = life.absent(waiting);
    List<Model.Buffer> differing = waiting.differingFromChecksum();
    boolean cannotWork =
        differing.stream().anyMatch(buffer -> buffer.policy == Policy.REQUIRED)
            || waiting.devices.values().stream()
                .anyMatch(it -> it.policy() == Policy.REQUIRED && absent.contains(it.address()));
    if (cannotWork) {
      return Expected.REFUSES;
    }
    boolean taken = anyTaken();
    // A checksum is of a whole memfd, so one buffer that differs spoils all of its pool.
    return spoiled || taken || scarce || !absent.isEmpty() || !differing.isEmpty()
        ? Expected.MAY_REFUSE
        : Expected.WORKS;
  }

  /** The restore tool restores it, and is all that does. */
  void restoreByTool() {
    if (startTool() && restoreInTool() && tool.finish()) {
      tool.close();
    }
  }

  /** The restore tool restores it, and becomes the driver. */
  void restoreAndHandOver() {
    if (startTool() && restoreInTool()) {
      handOver();
    }
  }

  /** The restore tool starts in the place of this process, and takes the session. */
  boolean startTool() {
    newProcess();
    tool = new ToolRun(life, this, waiting);
    return tool.take(spoiled ? Expected.MAY_REFUSE : Expected.WORKS);
  }

  boolean restoreInTool() {
    return tool.restore(expected());
  }

  ToolRun tool() {
    return tool;
  }

  void handOver() {
    tool.handOver()
        .ifPresent(it -> {
          passed = it;
          environment = it.environment();
          life.tally().handOvers++;
        });
    tool = null;
  }

  /** The process has ended, and what the kernel held for it in it. */
  void processEnded() {
    tool = null;
    afterDeath();
  }

  private int compact() {
    int moved = life.kernel().migratePages();
    spoiled |= moved > 0;
    return moved;
  }

  private void opened(LiveSession now) {
    session = now;
    Witness witness = life.witness();
    boolean wasWaiting = waiting != null;
    witness.check(
        now.isRestored() == wasWaiting,
        Invariant.RESTORED,
        "the kernel %s it, but it is %s",
        wasWaiting ? "holds" : "does not hold",
        now.report());
    if (wasWaiting) {
      model = waiting;
      model.generation++;
      boolean mayMiss =
          !life.faults().injected().isEmpty()
              || spoiled
              || anyTaken()
              || (passed != null && !passed.isWhole())
              || !waiting.differingFromChecksum().isEmpty();
      waiting = null;
      life.tally().takeovers += passed != null ? 1 : 0;
      passed = null;
      witness.restored(now, model, mayMiss, life.absent(model));
      life.tally().restores++;
    } else {
      model = new Model();
      witness.fresh(now, truths.at(life.kernel().bootId()));
    }
    spoiled = false;
    truths.are(life.kernel().bootId(), false);
  }

  private boolean anyTaken() {
    return waiting.devices.keySet().stream()
        .anyMatch(address -> life.isTakenByAnother(this, address));
  }

  /** Notes what the journal says of the seal from now on. */
  void sealed(boolean sealed) {
    model.sealed = sealed;
    truths.are(life.kernel().bootId(), sealed);
  }

  /** The process may or may not have recorded a seal. */
  void perhapsSealed() {
    truths.perhapsSealed(life.kernel().bootId());
  }

  /** Closes the session; nothing of it is left. */
  void close() {
    boolean wasSealed = model.sealed;
    End end =
        life.attempt().run(name + ": close the session", Expected.WORKS, () -> session.close());
    if (wasSealed && end != End.DONE) {
      perhapsSealed();
    }
    if (end == End.DIED) {
      died(null);
      return;
    }
    life.witness()
        .check(
            host.openDescriptors() == 0,
            Invariant.NO_LEAK,
            "%d descriptors are open after close",
            host.openDescriptors());
    if (end == End.DONE) {
      sealed(false);
    }
    session = null;
    recorded.check(model, null);
    model = null;
  }

  /** The process dies here, with everything it has. */
  void kill() {
    died(null);
  }

  /**
   * The process has died.
   *
   * @param pending the one thing it was just adding or removing, which may be recorded or not
   */
  void died(String pending) {
    newProcess();
    if (isOpen()) {
      recorded.check(model, pending);
      session = null;
      model = null;
    }
    afterDeath();
  }

  private void newProcess() {
    host.kill();
    life.faults().revive();
    passed = null;
    environment = Map.of();
  }

  private void afterDeath() {
    newProcess();
    if (waiting != null && !life.kernel().waitingSessions().contains(name)) {
      waiting = null;
      spoiled = false;
    }
    life.attempt()
        .check(
            host.openDescriptors() == 0, Invariant.NO_LEAK, "a new process has descriptors open");
  }

  /** The machine has booted; the kernel holds what was sealed, or nothing. */
  void booted(boolean carried) {
    host.syscalls(); // Buries the process.
    passed = null;
    environment = Map.of();
    if (isOpen()) {
      recorded.check(model, null);
    }
    waiting = carried ? model.carried() : null;
    spoiled = false;
    session = null;
    model = null;
  }
}
