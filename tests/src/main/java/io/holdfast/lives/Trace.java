package io.holdfast.lives;

import java.util.ArrayList;
import java.util.List;

/** What happened in a life, line by line. Not thread-safe. */
final class Trace {
  private final long seed;
  private final List<String> lines = new ArrayList<>();

  Trace(long seed) {
    this.seed = seed;
  }

  long seed() {
    return seed;
  }

  void line(String line) {
    lines.add(line);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      text.append("%4d  %s%n".formatted(i + 1, lines.get(i)));
    }
    return text.toString();
  }
}
