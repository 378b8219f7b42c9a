package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.left;

import io.holdfast.cli.Console.Colour;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestorePlan.Problem;
import io.holdfast.session.RestorePlan.Severity;
import io.holdfast.session.RestorePlan.Step;
import io.holdfast.session.Stage;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a restore would do, and what would block it.
 *
 * @param session the session as it was sealed
 * @param plan the plan for it on this host
 * @param refusal how a verb ends if the plan is not feasible
 */
record PlanFinding(SessionState session, RestorePlan plan, ExitCode refusal) implements Finding {
  private static final int GAP = 2;

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
    printSteps(console);
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

  /** One row after the other: there may be a million, and the last column needs no width. */
  private void printSteps(Console console) {
    Map<Stage, String> stages = new EnumMap<>(Stage.class);
    int width = 0;
    for (Step step : plan.steps()) {
      width = Math.max(width, stages.computeIfAbsent(step.stage(), Words::of).length());
    }
    int digits = Integer.toString(plan.steps().size()).length();
    int number = 0;
    try (Page page = new Page(console)) {
      for (Step step : plan.steps()) {
        String numbered = ++number + ".";
        String stage = stages.get(step.stage());
        page.spaces(digits + 1 - numbered.length()).text(numbered).spaces(GAP);
        page.text(stage).spaces(width - stage.length() + GAP);
        page.text(SafeText.field(step.action())).end();
      }
    }
  }

  private String verdict() {
    long fatal = plan.problems().stream().filter(each -> each.severity() == Severity.FATAL).count();
    if (fatal > 0) {
      return "A restore would be refused: " + Words.count(fatal, "problem") + " to solve first.";
    }
    return plan.problems().isEmpty()
        ? "A restore can work: nothing blocks it."
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
