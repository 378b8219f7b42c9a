package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.left;
import static io.holdfast.cli.Table.right;

import io.holdfast.cli.Console.Colour;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestorePlan.Problem;
import io.holdfast.session.RestorePlan.Severity;
import io.holdfast.session.RestorePlan.Step;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a restore would do, and what stands against it.
 *
 * @param session the session as it was sealed
 * @param plan the plan for it on this host
 * @param refusal how a verb ends if the plan is not feasible
 */
record PlanFinding(SessionState session, RestorePlan plan, ExitCode refusal) implements Finding {
  @Override
  public ExitCode exitCode() {
    return plan.isFeasible() ? ExitCode.OK : refusal;
  }

  /** Refuses a restore that the plan already refuses. */
  void requireFeasible() {
    plan.firstFatal()
        .ifPresent(problem -> {
          throw new VerbException(
              exitCode(),
              problem.what() + "; the session was left in the kernel",
              problem.remedy());
        });
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("session", session.name());
    document.put("generation", session.generation());
    session.sealedAt().ifPresent(at -> document.put("sealedAt", at));
    document.put("feasible", plan.isFeasible());
    document.put("steps", plan.steps().stream().map(PlanFinding::document));
    document.put("problems", plan.problems().stream().map(PlanFinding::document).toList());
    document.put(
        "skippedDevices", plan.skippedDevices().stream().map(Object::toString).sorted().toList());
    return document;
  }

  private static Map<String, Object> document(Step step) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("stage", Words.id(step.stage()));
    document.put("action", step.action());
    return document;
  }

  private static Map<String, Object> document(Problem problem) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("severity", Words.id(problem.severity()));
    document.put("problem", problem.what());
    document.put("remedy", problem.remedy());
    return document;
  }

  @Override
  public void print(Console console) {
    console.line(
        "Session %s, generation %d, sealed %s: %s"
            .formatted(
                SafeText.field(session.name()),
                session.generation(),
                session.sealedAt().map(Instant::toString).orElse("never"),
                SessionTables.totals(session)));
    console.blank();
    List<Step> steps = plan.steps();
    new Table()
        .rows(() ->
            IntStream.range(0, steps.size())
                .mapToObj(i ->
                    new Object[] {
                      right(i + 1 + "."),
                      left(Words.of(steps.get(i).stage())),
                      left(steps.get(i).action())
                    }))
        .printTo(console);
    console.blank();
    Table problems = new Table();
    for (Problem problem : plan.problems()) {
      problems.row(
          coloured(console, colour(problem.severity()), word(problem.severity())),
          left(problem.what()));
      if (!problem.remedy().isEmpty()) {
        problems.row("", "to do: " + problem.remedy());
      }
    }
    if (!problems.isEmpty()) {
      problems.printTo(console);
      console.blank();
    }
    console.line(verdict());
  }

  private String verdict() {
    long fatal = plan.problems().stream().filter(each -> each.severity() == Severity.FATAL).count();
    if (fatal > 0) {
      return "A restore would be refused: " + Words.count(fatal, "problem") + " to solve first.";
    }
    return plan.problems().isEmpty()
        ? "A restore can work: nothing stands against it."
        : "A restore can work, with what is said above.";
  }

  private static String word(Severity severity) {
    return switch (severity) {
      case FATAL -> "refused";
      case SKIPPED -> "left out";
      case NOTE -> "note";
    };
  }

  private static Colour colour(Severity severity) {
    return switch (severity) {
      case FATAL -> Colour.BAD;
      case SKIPPED -> Colour.CAUTION;
      case NOTE -> Colour.QUIET;
    };
  }
}
