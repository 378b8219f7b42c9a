package io.holdfast.lives;

import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.disk.FaultInjectingDisk.Step;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Call;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.uapi.LiveupdateUapi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Decides the fate of the calls of a life's processes, and remembers what it did to the operation
 * that runs. Not thread-safe.
 */
final class Faults implements Fault {
  /**
   * Something that was refused.
   *
   * @param what the call, or the operation on the disk
   * @param reason the errno's name, or what the file system said
   */
  record Injected(String what, String reason) {
    @Override
    public String toString() {
      return what + " " + reason;
    }
  }

  /** The process dies at an operation on the disk. */
  static final class DiedAtDisk extends Error {
    private static final long serialVersionUID = 1L;

    DiedAtDisk(String at) {
      super("the process has died at " + at);
    }
  }

  private static final List<String> DISK_REASONS =
      List.of("No space left on device", "Input/output error", "Disk quota exceeded");

  /** Operations on the disk are fewer than calls, and so more at risk. */
  private static final int DISK_FACTOR = 10;

  private final Dice dice;
  private final int errnosPerMillion;
  private final int deathsPerMillion;
  private final int interruptsPerMillion;
  private final List<Injected> injected = new ArrayList<>();
  private final Durability durability = new Durability();
  private Nth planned;
  private Nth nth;
  private boolean active;
  private boolean silent;
  private boolean finished;
  private boolean interrupted;
  private boolean interruptLost;
  private long compactAt;
  private IntSupplier compactor;
  private boolean dead;
  private long calls;

  Faults(Dice dice, int errnosPerMillion, int deathsPerMillion, int interruptsPerMillion) {
    this.dice = dice;
    this.interruptsPerMillion = interruptsPerMillion;
    this.errnosPerMillion = errnosPerMillion;
    this.deathsPerMillion = deathsPerMillion;
  }

  /** No faults in the rest of the life. */
  void end() {
    silent = true;
  }

  /** The next operation's calls are at risk. */
  void begin() {
    injected.clear();
    finished = false;
    interrupted = false;
    active = true;
    nth = planned;
    planned = null;
    durability.begin();
  }

  /** One thing goes wrong in the next operation, and nothing else; null for nothing planned. */
  void plan(Nth fate) {
    planned = fate;
  }

  /**
   * At a call of the next operation the kernel moves pages that are not pinned, as it may at any
   * time.
   *
   * @param compaction moves them, and answers how many
   */
  void compact(int callsFromNow, IntSupplier compaction) {
    compactAt = calls + callsFromNow;
    compactor = compaction;
  }

  /** What is on the disk. */
  Durability durability() {
    return durability;
  }

  /** Whether the process is dead. */
  boolean isDead() {
    return dead;
  }

  /** A new process has taken the dead one's place. */
  void revive() {
    dead = false;
  }

  /** The operation is over; what the life does to check it is not disturbed. */
  void pause() {
    active = false;
    nth = null;
    compactAt = 0;
    interruptLost = interrupted && !Thread.currentThread().isInterrupted();
    if (interrupted) {
      Thread.interrupted();
    }
  }

  /** Whether the thread was interrupted in the operation that ran last, and forgot it. */
  boolean isInterruptLost() {
    return interruptLost;
  }

  private void interrupt() {
    interrupted = true;
    Thread.currentThread().interrupt();
  }

  /** What was refused in the operation that ran last. */
  List<Injected> injected() {
    return injected;
  }

  long calls() {
    return calls;
  }

  /** Whether the operation that ran last got as far as finishing a session. */
  boolean isFinished() {
    return finished;
  }

  @Override
  public int decide(Call call) {
    calls++;
    if (dead) {
      return DIE_BEFORE;
    }
    if (!active) {
      return NONE;
    }
    if (calls == compactAt && compactor.getAsInt() > 0) {
      injected.add(new Injected("compaction", "is not where it was"));
    }
    int fate = nth != null ? nth.decide(call) : silent ? NONE : roll(call);
    if (fate == Nth.INTERRUPT) {
      interrupt();
      fate = NONE;
    }
    if (fate == DIE_AFTER && call.name().equals("execve")) {
      fate = DIE_BEFORE; // Nobody is left to die after it.
    }
    if (call.request() == LiveupdateUapi.LIVEUPDATE_SESSION_FINISH) {
      finished |= fate == NONE || fate == DIE_AFTER;
    }
    if (fate > NONE) {
      injected.add(new Injected(PlausibleErrnos.nameOf(call), Errno.name(fate)));
    }
    dead = fate < NONE;
    return fate;
  }

  private int roll(Call call) {
    if (interruptsPerMillion > 0 && dice.perMillion(interruptsPerMillion)) {
      return Nth.INTERRUPT;
    }
    if (deathsPerMillion > 0 && dice.perMillion(deathsPerMillion)) {
      return dice.percent(50) ? DIE_BEFORE : DIE_AFTER;
    }
    if (errnosPerMillion > 0 && dice.perMillion(errnosPerMillion)) {
      int[] errnos = PlausibleErrnos.of(call);
      return errnos.length == 0 ? NONE : dice.of(errnos);
    }
    return NONE;
  }

  /** What goes wrong with the disk. */
  FaultInjectingDisk.Fault disk() {
    return new FaultInjectingDisk.Fault() {
      @Override
      public void before(Step step) throws IOException {
        String what = step.operation() + " " + step.path().getFileName();
        if (dead) {
          throw new DiedAtDisk(what);
        }
        if (!active) {
          return;
        }
        if (diesNow(step, false)) {
          throw new DiedAtDisk("before " + what);
        }
        if (interruptsNow()) {
          interrupt();
        }
        if (failsNow(step)) {
          String reason = nth != null ? DISK_REASONS.getFirst() : dice.of(DISK_REASONS);
          injected.add(new Injected(what, reason));
          throw new IOException(reason);
        }
      }

      @Override
      public void after(Step step) {
        durability.after(step);
        if (active && diesNow(step, true)) {
          throw new DiedAtDisk("after " + step.operation() + " " + step.path().getFileName());
        }
      }
    };
  }

  private boolean failsNow(Step step) {
    return nth != null
        ? nth.fails(step)
        : !silent && errnosPerMillion > 0 && dice.perMillion(errnosPerMillion * DISK_FACTOR);
  }

  private boolean interruptsNow() {
    return nth != null
        ? nth.interrupts()
        : !silent
            && interruptsPerMillion > 0
            && dice.perMillion(interruptsPerMillion * DISK_FACTOR);
  }

  private boolean diesNow(Step step, boolean after) {
    dead =
        nth != null
            ? nth.dies(step, after)
            : !silent && deathsPerMillion > 0 && dice.perMillion(deathsPerMillion * DISK_FACTOR);
    return dead;
  }
}
