package io.holdfast.lives;

import io.holdfast.session.RestoreReport.Outcome;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * What may truthfully be said of how a session begins that the kernel does not hold, from what its
 * journal may say of the last process that wrote it. Not thread-safe.
 */
final class Truths {
  /**
   * What a journal may say; no boot where there may be no journal.
   *
   * @param boot the boot it was written in
   * @param sealed whether it was sealed last
   */
  private record Left(UUID boot, boolean sealed) {}

  private final Set<Left> left = new HashSet<>();

  /** The journal is known to say this. */
  void are(UUID boot, boolean sealed) {
    left.clear();
    left.add(new Left(boot, sealed));
  }

  /** The process may or may not have recorded a seal. */
  void perhapsSealed(UUID boot) {
    left.add(new Left(boot, true));
    left.add(new Left(boot, false));
  }

  /** A new journal may have been begun, or not. */
  void perhapsBegun(UUID boot) {
    if (left.isEmpty()) {
      left.add(new Left(null, false));
    }
    left.add(new Left(boot, false));
  }

  /** What is true in a boot. */
  Set<Outcome> at(UUID now) {
    Set<Outcome> truths = EnumSet.noneOf(Outcome.class);
    if (left.isEmpty()) {
      truths.add(Outcome.FIRST_START);
    }
    for (Left each : left) {
      if (each.boot() == null) {
        truths.add(Outcome.FIRST_START);
      } else if (each.boot().equals(now)) {
        truths.add(Outcome.PROCESS_RESTARTED);
      } else {
        truths.add(each.sealed() ? Outcome.PRESERVED_BUT_LOST : Outcome.COLD_BOOT);
      }
    }
    return truths;
  }
}
