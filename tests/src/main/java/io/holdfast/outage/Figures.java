package io.holdfast.outage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What was measured, as lines of text: {@code figure SETUP WHO WHAT NANOSECONDS}, one for each time
 * it was. Not thread-safe.
 */
final class Figures {
  /** From {@code main} to the first buffer in hand, or in C to FINISH. */
  static final String RESTORE = "restore";

  /** The call {@code openOrRestore} alone. */
  static final String OPEN = "open-or-restore";

  /** Of {@link #RESTORE}, what a simulated kernel took for itself. */
  static final String KERNEL = "in-the-simulated-kernel";

  /** Opening the simulated machine. */
  static final String SIMULATION = "simulation";

  /** {@code preserve()} of a session that has come over no kexec yet. */
  static final String FIRST_PRESERVE = "first-preserve";

  /** What is left to do inside the outage when a session was preserved before. */
  static final String INSIDE = "inside";

  /** A process from exec to exit. */
  static final String EXIT = "exec-to-exit";

  /** What such a process took of all processors. */
  static final String PROCESSOR = "processor-time";

  private static final String WORD = "figure";

  private record Key(String setup, String who, String what) {}

  private final Map<Key, List<Long>> nanos = new java.util.HashMap<>();
  private final Set<String> setups = new TreeSet<>();

  /** The line of one measurement. */
  static String line(Setup setup, String who, String what, long nanos) {
    return String.join(" ", WORD, setup.id(), who, what, Long.toString(nanos));
  }

  /** Adds what a file holds; lines that are no figures are passed over. */
  void read(Path file) throws IOException {
    for (String line : Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1)) {
      add(line);
    }
  }

  /** Adds a line, if it is a figure. */
  void add(String line) {
    String[] words = line.strip().split(" ", -1);
    if (words.length == 5 && words[0].equals(WORD)) {
      add(Setup.parse(words[1]), words[2], words[3], Long.parseLong(words[4]));
    }
  }

  void add(Setup setup, String who, String what, long value) {
    setups.add(setup.id());
    nanos.computeIfAbsent(new Key(setup.id(), who, what), any -> new ArrayList<>()).add(value);
  }

  /** How often something was measured. */
  int count(Setup setup, String who, String what) {
    return nanos.getOrDefault(new Key(setup.id(), who, what), List.of()).size();
  }

  /** The median in nanoseconds, if it was measured. */
  OptionalDouble median(Setup setup, String who, String what) {
    List<Long> values =
        new ArrayList<>(nanos.getOrDefault(new Key(setup.id(), who, what), List.of()));
    if (values.isEmpty()) {
      return OptionalDouble.empty();
    }
    Collections.sort(values);
    int middle = values.size() / 2;
    return OptionalDouble.of(
        values.size() % 2 == 1
            ? values.get(middle)
            : (values.get(middle - 1) + values.get(middle)) / 2.0);
  }

  /** The setups that were measured, those with the fewest buffers first. */
  List<Setup> setups() {
    Map<Integer, Setup> byCount = new TreeMap<>();
    setups.stream().map(Setup::parse).forEach(setup -> byCount.put(setup.count(), setup));
    return List.copyOf(byCount.values());
  }

  boolean isEmpty() {
    return nanos.isEmpty();
  }
}
