package io.holdfast.lives;

import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Call;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.uapi.LiveupdateUapi;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides the fate of the calls of a life's processes, and remembers what it did to the operation
 * that runs. Not thread-safe.
 */
final class Faults implements Fault {
  /** A call that was refused. */
  record Injected(String call, int errno) {
    @Override
    public String toString() {
      return call + " " + Errno.name(errno);
    }
  }

  private final Dice dice;
  private final int errnosPerMillion;
  private final int deathsPerMillion;
  private final List<Injected> injected = new ArrayList<>();
  private Fault chosen;
  private boolean active;
  private boolean silent;
  private boolean finished;
  private long calls;

  Faults(Dice dice, int errnosPerMillion, int deathsPerMillion) {
    this.dice = dice;
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
    active = true;
  }

  /** As {@link #begin}, with the fate of each call decided by somebody else. */
  void begin(Fault fate) {
    begin();
    chosen = fate;
  }

  /** The operation is over; what the life does to check it is not disturbed. */
  void pause() {
    active = false;
    chosen = null;
  }

  /** What was refused in the operation that ran last. */
  List<Injected> injected() {
    return injected;
  }

  /** Notes a fault that the kernel itself has. */
  void note(String call, int errno) {
    injected.add(new Injected(call, errno));
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
    if (!active || silent) {
      return NONE;
    }
    int fate = chosen != null ? chosen.decide(call) : roll(call);
    if (call.request() == LiveupdateUapi.LIVEUPDATE_SESSION_FINISH) {
      finished |= fate == NONE || fate == DIE_AFTER;
    }
    if (fate > NONE) {
      injected.add(new Injected(PlausibleErrnos.nameOf(call), fate));
    }
    return fate;
  }

  private int roll(Call call) {
    if (deathsPerMillion > 0 && dice.perMillion(deathsPerMillion)) {
      return dice.percent(50) ? DIE_BEFORE : DIE_AFTER;
    }
    if (errnosPerMillion > 0 && dice.perMillion(errnosPerMillion)) {
      int[] errnos = PlausibleErrnos.of(call);
      return errnos.length == 0 ? NONE : dice.of(errnos);
    }
    return NONE;
  }
}
