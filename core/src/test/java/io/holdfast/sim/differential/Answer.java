package io.holdfast.sim.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a kernel answered to one step.
 *
 * <p>Where memory lies differs from one machine to the next, so what depends on it is kept apart:
 * frames are numbered as they first come up in a program, and {@code cuts} and {@code jumps} say
 * where an extent ended though the next page follows it, and because it does not.
 *
 * @param text the result or errno, and the struct's words that the kernel has changed
 */
record Answer(String text, List<Integer> frames, Set<Long> cuts, Set<Long> jumps) {
  static Answer of(String text) {
    return new Answer(text, List.of(), Set.of(), Set.of());
  }

  static Answer parse(String line) {
    String[] parts = line.split(" \\| ", -1);
    List<Integer> frames = new ArrayList<>();
    Set<Long> cuts = new TreeSet<>();
    Set<Long> jumps = new TreeSet<>();
    for (int i = 1; i < parts.length; i++) {
      String[] words = parts[i].split(" ", -1);
      for (int j = 1; j < words.length; j++) {
        switch (words[0]) {
          case "frames" -> frames.add(Integer.valueOf(words[j]));
          case "cuts" -> cuts.add(Long.valueOf(words[j], 16));
          case "jumps" -> jumps.add(Long.valueOf(words[j], 16));
          default -> throw new IllegalArgumentException("not an answer: " + line);
        }
      }
    }
    return new Answer(parts[0], frames, cuts, jumps);
  }

  boolean isOk() {
    return !text.startsWith("E");
  }

  private static String list(String name, Iterable<?> values, boolean hex) {
    StringBuilder text = new StringBuilder();
    for (Object value : values) {
      text.append(' ').append(hex ? Long.toHexString((Long) value) : value);
    }
    return text.isEmpty() ? "" : " | " + name + text;
  }

  @Override
  public String toString() {
    return text
        + list("frames", frames, false)
        + list("cuts", cuts, true)
        + list("jumps", jumps, true);
  }

  /** Whether neither says what the other rules out, memory's layout aside. */
  static boolean agree(Answer a, Answer b) {
    return a.text.equals(b.text)
        && a.frames.size() == b.frames.size()
        && breaksWithin(a, b)
        && breaksWithin(b, a);
  }

  /** An extent that ended for another reason than the layout has to end in the other kernel too. */
  private static boolean breaksWithin(Answer a, Answer b) {
    Set<Long> breaks = new TreeSet<>(b.cuts);
    breaks.addAll(b.jumps);
    return breaks.containsAll(a.cuts);
  }
}
