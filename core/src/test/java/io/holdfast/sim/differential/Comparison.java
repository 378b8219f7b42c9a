package io.holdfast.sim.differential;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Finds where the simulation answered other than the real kernel, which frames lie where aside.
 *
 * <p>Frames seen at one time are the same frame in the one if and only if they are in the other. A
 * frame that the simulation answers twice in the course of a program has to be the same one in the
 * real kernel too; not the reverse, since what was freed may be given out again. The simulation may
 * do so as well, but seldom: {@link Trial} asks several.
 */
final class Comparison {
  private Comparison() {}

  /** The first step whose answers differ. */
  static OptionalInt firstDifference(
      Program program, List<Answer> expected, List<Answer> simulated) {
    Map<Integer, Integer> frames = new HashMap<>();
    for (int at = 0; at < program.steps().size(); at++) {
      Answer real = expected.get(at);
      Answer simulation = simulated.get(at);
      if (Answer.agree(real, simulation)
          && sameFrames(real.frames(), simulation.frames(), frames)) {
        continue;
      }
      if (!OnPurpose.explains(program, at, real, simulation)) {
        return OptionalInt.of(at);
      }
      if (real.isOk() != simulation.isOk()) {
        break; // the two go different ways from here
      }
    }
    return OptionalInt.empty();
  }

  private static boolean sameFrames(
      List<Integer> real, List<Integer> simulated, Map<Integer, Integer> known) {
    Map<Integer, Integer> now = new HashMap<>();
    Set<Integer> taken = new HashSet<>();
    for (int i = 0; i < real.size(); i++) {
      Integer before = now.putIfAbsent(simulated.get(i), real.get(i));
      boolean consistent = before == null ? taken.add(real.get(i)) : before.equals(real.get(i));
      Integer earlier = known.putIfAbsent(simulated.get(i), real.get(i));
      if (!consistent || (earlier != null && !earlier.equals(real.get(i)))) {
        return false;
      }
    }
    return true;
  }
}
