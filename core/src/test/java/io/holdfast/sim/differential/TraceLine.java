package io.holdfast.sim.differential;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A line of what {@code tests/vm/tracer.c} records.
 *
 * @param pid the process
 * @param call its system call; {@code fork} and {@code exit} are lines too
 * @param arguments six of a system call; the child of a fork
 * @param copies what pointers led to, by name
 */
record TraceLine(
    int pid, String call, List<Long> arguments, long result, Map<String, byte[]> copies) {
  private static final int ARGUMENTS = 6;

  static TraceLine parse(String line) {
    String[] words = line.split(" ", -1);
    int pid = Integer.parseInt(words[0]);
    if (words[1].equals("fork")) {
      return new TraceLine(pid, "fork", List.of(Long.parseLong(words[2])), 0, Map.of());
    }
    if (words[1].equals("exit")) {
      return new TraceLine(pid, "exit", List.of(), 0, Map.of());
    }
    List<Long> arguments = new ArrayList<>();
    for (int i = 0; i < ARGUMENTS; i++) {
      arguments.add(Long.parseUnsignedLong(words[2 + i], 16));
    }
    Map<String, byte[]> copies = new HashMap<>();
    for (int i = 10; i < words.length; i++) {
      int colon = words[i].indexOf(':');
      copies.put(
          words[i].substring(0, colon),
          HexFormat.of().parseHex(words[i], colon + 1, words[i].length()));
    }
    return new TraceLine(pid, words[1], arguments, Long.parseUnsignedLong(words[9], 16), copies);
  }

  long argument(int index) {
    return arguments.get(index);
  }

  /** The descriptor that most calls are about. */
  int fd() {
    return (int) argument(0);
  }

  boolean isOk() {
    return result >= 0 || result < -4095;
  }

  String text(String copy) {
    return new String(copies.get(copy), StandardCharsets.UTF_8);
  }

  byte[] bytes(String copy) {
    return copies.getOrDefault(copy, new byte[0]);
  }
}
