package io.holdfast.session;

import io.holdfast.model.PciAddress;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a restore would do on a host, and what would block it.
 *
 * <p>A pure function of a sealed session and facts about the host: nothing is opened, changed or
 * consumed. Immutable.
 *
 * @param steps what would be done, in order; not copied, since there may be a million of them, and
 *     not to be changed any more
 * @param problems what was found; a restore is refused if any is fatal
 * @param skippedDevices the optional devices that would be left out
 */
public record RestorePlan(
    List<Step> steps, List<Problem> problems, Set<PciAddress> skippedDevices) {
  /** One thing a restore does. */
  public record Step(Stage stage, String action) {}

  /** One thing that is not as it should be. */
  public record Problem(Severity severity, String what, String remedy) {}

  /** What a problem means for the restore. */
  public enum Severity {
    /** The restore is refused. */
    FATAL,
    /** Something optional is left out. */
    SKIPPED,
    /** Worth knowing. */
    NOTE
  }

  public RestorePlan {
    steps = Collections.unmodifiableList(steps);
    problems = List.copyOf(problems);
    skippedDevices = Set.copyOf(skippedDevices);
  }

  /** Whether a restore would be tried. */
  public boolean isFeasible() {
    return problems.stream().noneMatch(problem -> problem.severity() == Severity.FATAL);
  }

  /** The first fatal problem. */
  public Optional<Problem> firstFatal() {
    return problems.stream().filter(problem -> problem.severity() == Severity.FATAL).findFirst();
  }
}
