package io.holdfast.lives;

import io.holdfast.disk.FaultInjectingDisk.Step;
import io.holdfast.sys.FaultInjectingSyscalls.Call;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;

/**
 * Lets the N-th system call of an operation, or the N-th operation on the disk in it, go wrong in
 * one way. Used for one operation; not thread-safe.
 */
public final class Nth {
  /** How it goes wrong. */
  public enum Way {
    REFUSED,
    /** It goes well, but the thread is interrupted before it. */
    INTERRUPTED,
    DIES_BEFORE,
    DIES_AFTER
  }

  /** A fate of a call, beside those of {@link Fault}. */
  static final int INTERRUPT = Integer.MIN_VALUE;

  private final boolean onDisk;
  private final Way way;
  private final int choice;
  private int left;
  private boolean reached;
  private boolean exhausted;

  /**
   * One thing that goes wrong.
   *
   * @param number from 1
   * @param choice which of the errnos the call can give, from 0
   */
  public Nth(boolean onDisk, Way way, int number, int choice) {
    this.onDisk = onDisk;
    this.way = way;
    this.left = number;
    this.choice = choice;
  }

  /** Whether the operation got as far as that. */
  public boolean isReached() {
    return reached;
  }

  /** Whether the call it got to can fail in fewer ways than that. */
  public boolean isExhausted() {
    return exhausted;
  }

  /** Decides the fate of a system call. */
  public int decide(Call call) {
    if (onDisk || --left != 0) {
      return Fault.NONE;
    }
    reached = true;
    if (way == Way.INTERRUPTED) {
      return INTERRUPT;
    }
    if (way == Way.REFUSED) {
      int[] errnos = PlausibleErrnos.of(call);
      exhausted = choice >= errnos.length;
      return exhausted ? Fault.NONE : errnos[choice];
    }
    return way == Way.DIES_BEFORE ? Fault.DIE_BEFORE : Fault.DIE_AFTER;
  }

  /** Counts an operation on the disk, before it is done; says whether it is refused. */
  public boolean fails(Step step) {
    return onDisk && left == 0 && way == Way.REFUSED;
  }

  /** Says whether the thread is interrupted before an operation on the disk that was counted. */
  boolean interrupts() {
    return onDisk && left == 0 && way == Way.INTERRUPTED;
  }

  /** Says whether the process dies before or after an operation on the disk. */
  public boolean dies(Step step, boolean after) {
    if (!onDisk) {
      return false;
    }
    if (!after) {
      left--;
      reached |= left == 0;
    }
    return left == 0 && way == (after ? Way.DIES_AFTER : Way.DIES_BEFORE);
  }
}
