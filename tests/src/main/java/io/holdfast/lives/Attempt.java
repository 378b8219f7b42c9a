package io.holdfast.lives;

import io.holdfast.model.HoldfastException;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import java.util.Optional;

/**
 * Runs one operation of a driver under faults, and judges how it ended: done, refused for a reason
 * that is named, or cut off by the death of the process. Not thread-safe.
 */
final class Attempt {
  /** How an operation ended. */
  enum End {
    DONE,
    REFUSED,
    DIED
  }

  /** What an operation is expected to meet, beside faults. */
  enum Expected {
    /** It works. */
    WORKS,
    /** It may be refused. */
    MAY_REFUSE,
    /** It must be refused. */
    REFUSES
  }

  private final Trace trace;
  private final Faults faults;
  private final Tally tally;
  private HoldfastException refusal;

  Attempt(Trace trace, Faults faults, Tally tally) {
    this.trace = trace;
    this.faults = faults;
    this.tally = tally;
  }

  /** What the operation that ran last was refused with. */
  HoldfastException refusal() {
    return refusal;
  }

  End run(String what, Expected expected, Runnable operation) {
    faults.begin();
    refusal = null;
    try {
      operation.run();
      faults.pause();
      trace.line("%s%s".formatted(what, suffix("in spite of ")));
      interruptIsKept(what);
      if (expected == Expected.REFUSES) {
        throw fail(Invariant.REFUSED, what + " was accepted", null);
      }
      return End.DONE;
    } catch (ProcessDied | Faults.DiedAtDisk died) {
      faults.pause();
      trace.line("%s: %s%s".formatted(what, died.getMessage(), suffix("after ")));
      tally.deaths++;
      return End.DIED;
    } catch (HoldfastException refused) {
      faults.pause();
      if (faults.isDead()) {
        // While it undid what had been refused: nobody is left to be told of the refusal.
        trace.line("%s: the process has died undoing it%s".formatted(what, suffix("after ")));
        tally.deaths++;
        return End.DIED;
      }
      trace.line("%s: refused%s: %s".formatted(what, suffix("by "), refused.getMessage()));
      refusal = refused;
      interruptIsKept(what);
      judge(what, expected, refused);
      tally.refused(refused);
      return End.REFUSED;
    } catch (RuntimeException wrong) {
      faults.pause();
      trace.line("%s%s: %s".formatted(what, suffix("under "), wrong));
      throw fail(Invariant.REASON, what + " threw " + wrong, wrong);
    }
  }

  private void interruptIsKept(String what) {
    check(
        !faults.isInterruptLost(),
        Invariant.INTERRUPT_KEPT,
        what + " was interrupted, and the thread does not know any more");
  }

  /** Runs an operation that is wrong in itself, such as one with a name that is none. */
  void misuse(String what, Runnable operation) {
    faults.begin();
    try {
      operation.run();
    } catch (IllegalArgumentException refused) {
      faults.pause();
      trace.line("%s: refused: %s".formatted(what, refused.getMessage()));
      return;
    } catch (RuntimeException wrong) {
      faults.pause();
      throw fail(Invariant.REASON, what + " threw " + wrong, wrong);
    }
    faults.pause();
    throw fail(Invariant.REFUSED, what + " was accepted", null);
  }

  private String suffix(String word) {
    return faults.injected().isEmpty() ? "" : " (" + word + faults.injected() + ")";
  }

  private void judge(String what, Expected expected, HoldfastException refused) {
    if (refused.problem().isBlank() || refused.remedy().isBlank()) {
      throw fail(
          Invariant.REASON,
          what + " was refused without saying what is wrong or what to do: " + refused,
          refused);
    }
    if (faults.injected().isEmpty()) {
      if (expected == Expected.WORKS) {
        throw fail(Invariant.NO_REFUSAL, what + " was refused: " + refused.getMessage(), refused);
      }
      return;
    }
    // Where cleaning up fails as well, it is the later failure that is met.
    boolean single = faults.injected().size() == 1;
    if (expected == Expected.WORKS && single && !namesAFault(refused)) {
      throw fail(
          Invariant.REASON,
          "%s was refused by %s, but says %s"
              .formatted(what, faults.injected(), refused.getMessage()),
          refused);
    }
  }

  private boolean namesAFault(Throwable refused) {
    for (Throwable each = refused; each != null; each = each.getCause()) {
      String text = String.valueOf(each.getMessage());
      Optional<Faults.Injected> named =
          faults.injected().stream().filter(fault -> text.contains(fault.reason())).findFirst();
      if (named.isPresent()) {
        return true;
      }
    }
    return false;
  }

  void check(boolean holds, Invariant invariant, String detail) {
    if (!holds) {
      throw fail(invariant, detail, null);
    }
  }

  /** What did not hold. */
  LifeFailed fail(Invariant invariant, String detail, Throwable cause) {
    return new LifeFailed(invariant, detail, trace, cause);
  }
}
