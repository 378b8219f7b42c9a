package io.holdfast.sim.differential;

import io.holdfast.sim.KernelUnderTest;
import io.holdfast.sim.SimulatedKernelUnderTest;
import io.holdfast.sim.SimulatedMachine;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs programs on the running kernel and on a simulated one, and compares. */
final class Trial {
  /**
   * A frame that was freed may be given out again, in one kernel and not in the other. So frames
   * that alone differ count if they do on so many machines that give out others.
   */
  private static final int LAYOUTS = 3;

  /** A program that the two answered differently, from step {@code at} on. */
  record Difference(Program program, int at, List<Answer> real, List<Answer> simulated) {
    @Override
    public String toString() {
      Step step = program.steps().get(at);
      return "%s%n  the kernel answers      %s%n  the simulation answers  %s"
          .formatted(step, real.get(at), simulated.get(at));
    }

    /** Whether only the frames differ, which chance may bring about. */
    boolean isOfFrames() {
      return Answer.agree(real.get(at), simulated.get(at));
    }

    /** A test for {@link ConformanceTest} that demands the kernel's answers. */
    String asTest(String name) {
      String indent = " ".repeat(8);
      Program until = new Program(program.steps().subList(0, at + 1));
      return "  @Test\n  void %s() {\n    answers(\n%s\"\"\"\n%s%s\"\"\");\n  }\n"
          .formatted(name, indent, until.describe(real).replace("\\", "\\\\").indent(8), indent);
    }

    /** What failed and how, for telling one kind of difference from another. */
    String kind() {
      return program.steps().get(at).call()
          + ' '
          + word(real.get(at))
          + ' '
          + word(simulated.get(at));
    }

    private static String word(Answer answer) {
      return answer.text().split(" ", 2)[0];
    }
  }

  private final Interpreter running;
  private final Map<Program, List<Answer>> lastWords;
  private final SimulatedMachine machine;
  private KernelUnderTest simulated;
  private Interpreter simulation;
  private boolean spent;

  /**
   * {@code lastWords} are the answers to programs that leave a kernel unusable, which another one
   * gave; those that this one gives are added.
   */
  Trial(KernelUnderTest running, Map<Program, List<Answer>> lastWords) {
    this(running, lastWords, SimulatedMachine.standard());
  }

  Trial(KernelUnderTest running, Map<Program, List<Answer>> lastWords, SimulatedMachine machine) {
    this.running = new Interpreter(running);
    this.lastWords = lastWords;
    this.machine = machine;
    simulated = new SimulatedKernelUnderTest(machine);
    simulation = new Interpreter(simulated);
    spent = !Remains.isUsable(Remains.OF_NOTHING, this.running.run(Remains.OF_NOTHING));
  }

  /** Whether a program has left the running kernel unusable. */
  boolean isSpent() {
    return spent;
  }

  /**
   * What the running kernel answers.
   *
   * @throws SpentKernel if a program before this one has left it unusable
   */
  List<Answer> real(Program program) {
    List<Answer> known = lastWords.get(program);
    if (known != null) {
      return known;
    }
    if (spent) {
      throw new SpentKernel();
    }
    List<Answer> answers = running.run(program);
    if (!Remains.isUsable(program, answers)) {
      spent = true;
      lastWords.put(program, answers);
    }
    return answers;
  }

  Optional<Difference> compare(Program program, List<Answer> real) {
    Optional<Difference> difference = compareOnce(program, real);
    for (int layout = 1;
        layout < LAYOUTS && difference.filter(Difference::isOfFrames).isPresent();
        layout++) {
      freshSimulation(machine.withSeed(machine.seed() + layout));
      difference = compareOnce(program, real);
    }
    return difference;
  }

  private Optional<Difference> compareOnce(Program program, List<Answer> real) {
    List<Answer> answers = simulation.run(program);
    if (!Remains.isUsable(program, answers)) {
      freshSimulation(machine);
    }
    var at = Comparison.firstDifference(program, real, answers);
    return at.isEmpty()
        ? Optional.empty()
        : Optional.of(new Difference(program, at.getAsInt(), real, answers));
  }

  private void freshSimulation(SimulatedMachine fresh) {
    simulated.close();
    simulated = new SimulatedKernelUnderTest(fresh);
    simulation = new Interpreter(simulated);
  }

  /** Compares on a machine of its own, so that nothing depends on the programs before. */
  Optional<Difference> compareAlone(Program program) {
    freshSimulation(machine);
    return compare(program, real(program));
  }

  /**
   * The smallest program that shows the same kind of difference: steps left out, then arguments.
   */
  Difference shrink(Difference found) {
    Difference best = found;
    best = keepIf(best, new Program(best.program().steps().subList(0, best.at() + 1)));
    for (int before = Integer.MAX_VALUE; before > size(best); ) {
      before = size(best);
      for (int count = 8; count > 0; count /= 2) {
        for (int at = best.program().steps().size() - count; at >= 0; at -= count) {
          if (at + count <= best.program().steps().size()) {
            best = keepIf(best, best.program().without(at, count));
          }
        }
      }
      for (int at = 0; at < best.program().steps().size(); at++) {
        for (String name : List.copyOf(best.program().steps().get(at).arguments().keySet())) {
          best = simplify(best, at, name);
        }
      }
    }
    return best;
  }

  private static int size(Difference difference) {
    return difference.program().toString().length();
  }

  private Difference simplify(Difference best, int at, String name) {
    Step step = best.program().steps().get(at);
    if (!name.equals("on") && !name.equals("name") && !name.equals("at") && !name.equals("path")) {
      Difference shorter = keepIf(best, best.program().with(at, step.without(name)));
      if (!shorter.equals(best)) {
        return shorter;
      }
    }
    Operand value = step.arguments().get(name);
    if (value.isText() || value.number() == 0) {
      return best;
    }
    for (long simple : new long[] {0, 1, 0x1000, 0x2000}) {
      if (Long.compareUnsigned(simple, value.number()) < 0) {
        Operand simpler = new Operand(value.kind(), value.slot(), simple, "");
        Difference simplified = keepIf(best, best.program().with(at, step.with(name, simpler)));
        if (!simplified.equals(best)) {
          return simplified;
        }
      }
    }
    return best;
  }

  private Difference keepIf(Difference best, Program smaller) {
    if (smaller.toString().length() >= best.program().toString().length()) {
      return best;
    }
    try {
      return compareAlone(smaller).filter(it -> it.kind().equals(best.kind())).orElse(best);
    } catch (NullPointerException | IllegalArgumentException e) {
      return best; // the argument was needed to make sense of the step
    }
  }

  void close() {
    simulated.close();
  }
}
