package io.holdfast.sim.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A sequence of system calls that begins and ends with nothing open. */
record Program(List<Step> steps) {
  Program {
    steps = List.copyOf(steps);
  }

  static Program parse(String text) {
    return new Program(
        text.lines()
            .map(line -> line.replaceFirst("\\s*->.*", "").strip())
            .filter(line -> !line.isEmpty())
            .map(Step::parse)
            .toList());
  }

  /** What lies between kexecs, without them. */
  List<Program> lives() {
    List<Program> lives = new ArrayList<>();
    List<Step> life = new ArrayList<>();
    for (Step step : steps) {
      if (step.call().equals(Interpreter.KEXEC)) {
        lives.add(new Program(life));
        life.clear();
      } else {
        life.add(step);
      }
    }
    lives.add(new Program(life));
    return lives;
  }

  Program without(int from, int count) {
    List<Step> fewer = new ArrayList<>(steps);
    fewer.subList(from, from + count).clear();
    return new Program(fewer);
  }

  Program with(int at, Step step) {
    List<Step> changed = new ArrayList<>(steps);
    changed.set(at, step);
    return new Program(changed);
  }

  /** The steps with what they answered, a line each. */
  String describe(List<Answer> answers) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      text.append(steps.get(i)).append(" -> ").append(answers.get(i)).append('\n');
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return steps.stream().map(Step::toString).collect(Collectors.joining("\n", "", "\n"));
  }
}
