package io.holdfast.lives;

import io.holdfast.LiveSession;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.util.Map;

/**
 * A driver through its processes: what its session holds now, or what the kernel holds for it. Not
 * thread-safe.
 */
final class Driver {
  static final SessionOptions OPTIONS =
      SessionOptions.defaults()
          .withStore(StoreOptions.automatic().with(StoreOptions.Choice.NONE))
          .withEnvironment(Map.of());

  private final Life life;
  private final String name;
  private final Path state;
  private final SimulatedHost host;
  private final Recorded recorded;
  private final Work work;
  private final Dma dma;
  private final Sealing sealing;
  private final Opening opening;
  final Truths truths = new Truths();
  private LiveSession session;
  private Model model;

  /** What its last process has left to the holder; null if there is nothing to resume. */
  private Left left;

  /** What is restored when the session is opened; null if the kernel holds nothing. */
  private Model waiting;

  /** A process has died while it restored: that may be done, or half of it. */
  private boolean halfRestored;

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
    this.opening = new Opening(life, this);
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
        : left != null ? left.has(address) : passed != null && passed.devices().contains(address);
  }

  /** Whether they may or may not, since a process has died in the middle of something. */
  boolean mayHave(PciAddress address) {
    return (left != null && left.mayHave(address))
        || (halfRestored && waiting.devices.containsKey(address));
  }

  boolean isSealed() {
    return isOpen() ? model.sealed : left != null && left.mustBeSealed();
  }

  /** Whether the kernel may have it for the next one. */
  boolean mayBeSealed() {
    return isOpen() ? model.sealed : left != null && left.mayBeSealed();
  }

  /** Whether no page is pinned for it but those of its buffers, which are known then. */
  boolean hasOnlyBuffersPinned() {
    return isOpen() ? !model.sealed : left == null && waiting == null && passed == null;
  }

  /** Whether all of its buffers are pinned. */
  boolean canPreserve() {
    return model.buffers.values().stream().allMatch(buffer -> model.isAttached(buffer.ioas));
  }

  /** What there is to resume; null for nothing. */
  Left left() {
    return left;
  }

  Model waiting() {
    return waiting;
  }

  boolean isHalfRestored() {
    return halfRestored;
  }

  boolean isSpoiled() {
    return spoiled;
  }

  ToolRun.Passed passed() {
    return passed;
  }

  /** What was passed on is closed. */
  void dropPassed() {
    passed = null;
  }

  /** How the session is opened: with the holder, if the machine has one. */
  SessionOptions options() {
    SessionOptions options = OPTIONS.withEnvironment(environment);
    return life.hasHolder() ? Holding.in(options) : options;
  }

  /** How many descriptors the holder keeps of it, when everything has settled. */
  int kept() {
    return life.hasHolder() ? life.holding().kept(name) : 0;
  }

  /** The session is open, and what it has is known. */
  void opened(LiveSession now, Model has) {
    session = now;
    model = has;
    left = null;
    waiting = null;
    halfRestored = false;
    spoiled = false;
    passed = null;
    truths.are(life.kernel().bootId(), has.sealed);
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

  /** Opens the session, which resumes what the holder keeps or restores what the kernel holds. */
  End open() {
    return opening.open();
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
    return tool.restore(opening.expected());
  }

  /** The restore tool restores it, and leaves it to the holder. */
  void restoreToHolder() {
    newProcess();
    new ToolRun(life, this, waiting).leaveToStore(opening.expected());
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
    End end = life.attempt().run(name + ": close the session", Expected.WORKS, this::giveUp);
    if (wasSealed && end != End.DONE) {
      perhapsSealed();
    }
    if (end == End.DIED) {
      ended(Left.closing(model), null);
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
    life.witness()
        .check(kept() == 0, Invariant.NO_LEAK, "the holder keeps something of what was closed");
    session = null;
    if (!life.hasHolder()) {
      recorded.check(model, null);
    } else if (end == End.DONE) {
      recorded.check(new Model(), null); // There is nothing to resume.
    }
    model = null;
  }

  /** The process dies here, with everything it has. */
  void kill() {
    died(null);
  }

  /** What a holder keeps has to be discarded; else closing is enough. */
  private void giveUp() {
    if (life.hasHolder()) {
      session.discard();
    } else {
      session.close();
    }
  }

  /** Closing what was brought back, or is preserved, leaves it as well. */
  private void leaveOrClose() {
    boolean isKeptWhenClosed = session.isRestored() || model.sealed;
    if (isKeptWhenClosed && model.buffers.size() % 2 == 0) {
      session.close();
    } else {
      session.leave();
    }
  }

  /** The process ends its use of the session, and leaves it to the holder. */
  void leave() {
    End end = life.attempt().run(name + ": leave", Expected.WORKS, this::leaveOrClose);
    if (end == End.DONE) {
      life.witness()
          .check(
              host.openDescriptors() == 0,
              Invariant.NO_LEAK,
              "%d descriptors are open after leaving",
              host.openDescriptors());
    }
    died(null);
  }

  /**
   * The process has died.
   *
   * @param pending the one thing it was just adding or removing, which may be recorded or not
   */
  void died(Pending pending) {
    ended(isOpen() ? Left.of(model, pending) : null, pending);
  }

  /** The process has died while it preserved the session. */
  void diedSealing(boolean checksums) {
    perhapsSealed();
    ended(Left.sealing(model, checksums), null);
  }

  /** The process has died while it took the session back from the kernel. */
  void diedCancelling() {
    perhapsSealed();
    ended(Left.cancelling(model), null);
  }

  private void ended(Left leaves, Pending pending) {
    newProcess();
    if (isOpen()) {
      if (!leaves.closing) {
        recorded.check(model, Pending.name(pending));
      }
      session = null;
      model = null;
      left = life.hasHolder() ? leaves : null;
    }
    afterDeath();
  }

  /** The restore tool has restored it, and left it to the holder. */
  void leftToHolder() {
    Model restored = waiting;
    restored.generation++;
    newProcess();
    left = Left.restored(restored);
    waiting = null;
    halfRestored = false;
    truths.are(life.kernel().bootId(), false);
    life.tally().left++;
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
      halfRestored = kept() > 0;
      if (halfRestored) {
        truths.perhapsBegun(life.kernel().bootId());
      } else {
        waiting = null;
        spoiled = false;
      }
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
    if (left != null) {
      if (carried) {
        left.sealed(true);
      }
      model = left.model;
      left = null;
    }
    waiting = carried ? model.carried() : null;
    halfRestored = false;
    spoiled = false;
    session = null;
    model = null;
  }
}
