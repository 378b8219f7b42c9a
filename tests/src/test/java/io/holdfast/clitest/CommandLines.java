package io.holdfast.clitest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Makes command lines, each with the exit codes it may end in: one that is right in a random
 * arrangement, or one that something was done to so that it is wrong.
 */
final class CommandLines {
  /** Wherever they are. */
  private static final Set<Integer> USAGE = Set.of(2);

  private final Random random;
  private final Stage stage;

  /**
   * A command line.
   *
   * @param words its arguments
   * @param codes the exit codes it may end in
   */
  record Line(List<String> words, Set<Integer> codes) {}

  CommandLines(Stage stage, long seed) {
    this.stage = stage;
    this.random = new Random(seed);
  }

  Line next() {
    Line right = arranged(right());
    return random.nextInt(3) == 0 ? right : spoiled(right);
  }

  /** Lines of every verb and for every exit code that one process alone can come to. */
  Line right() {
    String state = stage.state().toString();
    List<Line> lines =
        List.of(
            of(Set.of(0), "--help"),
            of(Set.of(0), "--version"),
            of(Set.of(0), verb(), "--help"),
            of(Set.of(0, 3), "doctor"),
            of(Set.of(0, 3), "doctor", "--device", "0000:00:04.0", "--device", "0001:7f:1f.7"),
            of(Set.of(0, 3), "doctor", "--host", stage.host()),
            of(Set.of(0), "inspect", state),
            of(Set.of(0), "inspect", stage.manifest().toString()),
            of(Set.of(0), "inspect", "--extents", stage.manifest().toString()),
            of(Set.of(0), "inspect", stage.file("void").toString()),
            of(Set.of(5), "inspect", stage.file("text").toString()),
            of(Set.of(5), "inspect", stage.file("empty").toString()),
            of(Set.of(5), "inspect", "/dev/null"),
            of(Set.of(8), "inspect", stage.file("absent").toString()),
            of(Set.of(8), "inspect", "--follow", stage.file("absent").toString()),
            of(Set.of(0), "inspect", "--session", Stage.SESSION, "--state", state),
            of(Set.of(4), "inspect", "--session", "absent", "--state", state),
            of(Set.of(0), "plan", "--session", Stage.SESSION, "--state", state, host()),
            of(Set.of(4), "plan", "--session", "absent", "--state", state, host()),
            of(
                Set.of(4),
                "verify",
                "--session",
                Stage.SESSION,
                "--consume",
                "--state",
                state,
                host()),
            of(Set.of(4), "verify", "--session", "absent", "--consume", "--state", state, host()),
            of(
                Set.of(4),
                "restore",
                "--session",
                Stage.SESSION,
                "--consume",
                "--state",
                state,
                host()),
            of(Set.of(9), "restore", "--session", "absent", "--state", state, host()),
            of(Set.of(0), "sessions", "--state", state, host()),
            of(Set.of(0), "audit", "--state", state, host()),
            of(Set.of(8), "audit", "--compare", stage.file("absent").toString(), host()),
            of(Set.of(0), "version", host()),
            of(Set.of(0), "report", "--html", made(), stage.manifest().toString()),
            of(
                Set.of(12),
                "report",
                "--html",
                made(),
                stage.manifest().toString(),
                stage.other().toString()),
            of(Set.of(5), "report", "--html", made(), stage.file("text").toString()),
            of(Set.of(0), "completion", "zsh"),
            of(Set.of(0), "metrics", "--state", state, host()),
            of(Set.of(5), "metrics", "--result", stage.file("text").toString()),
            of(Set.of(0), "sim", "show", stage.machine().toString()),
            of(Set.of(9), "sim", "kexec", stage.file("void").toString()),
            of(Set.of(0), "export", stage.manifest().toString()),
            of(Set.of(5), "export", stage.file("text").toString()),
            of(Set.of(5), "import", stage.file("text").toString(), "--file", "/proc/none/made"),
            of(Set.of(0), "diff", stage.manifest().toString(), stage.manifest().toString()),
            of(Set.of(12), "diff", stage.manifest().toString(), stage.other().toString()),
            of(Set.of(8), "diff", stage.manifest().toString(), stage.file("absent").toString()),
            of(Set.of(9), "discard", "--session", Stage.SESSION, "--yes", socket(), host()),
            of(Set.of(9), "hold", "--take-over", socket(), host()),
            of(Set.of(8), "hold", "--socket=/proc/none/holder.sock", host()),
            of(
                Set.of(10),
                "restore",
                "--session",
                "absent",
                "--state",
                state,
                host(),
                "--exec",
                "--",
                stage.file("absent").toString(),
                noise()));
    return lines.get(random.nextInt(lines.size()));
  }

  private static Line of(Set<Integer> codes, String... words) {
    return new Line(List.of(words), codes);
  }

  private String host() {
    return "--host=" + stage.host();
  }

  private String made() {
    return stage.file("made.html").toString();
  }

  private String socket() {
    return "--socket=" + stage.file("absent").resolve("holder.sock");
  }

  private String verb() {
    List<String> verbs =
        List.of(
            "doctor",
            "inspect",
            "plan",
            "verify",
            "restore",
            "demo",
            "sessions",
            "audit",
            "discard",
            "hold",
            "kexec",
            "diff",
            "export",
            "import",
            "completion",
            "metrics",
            "report",
            "sim",
            "version");
    return verbs.get(random.nextInt(verbs.size()));
  }

  /** Adds options that change nothing about how it ends, before the verb or after it. */
  private Line arranged(Line line) {
    List<String> words = new ArrayList<>(line.words());
    if (random.nextBoolean()) {
      words.add(own(words), "--json");
    }
    if (random.nextInt(4) == 0) {
      words.add(own(words), "--trace");
    }
    return new Line(words, line.codes());
  }

  /** A place that is the verb's own: at the beginning, or after its last option. */
  private int own(List<String> words) {
    int end = words.contains("--exec") ? words.indexOf("--exec") : words.size();
    return random.nextBoolean() ? 0 : end;
  }

  /** Does something to a line that makes it wrong usage. */
  private Line spoiled(Line line) {
    List<String> words = new ArrayList<>(line.words());
    switch (random.nextInt(9)) {
      case 0 -> words.add(own(words), "--" + letters());
      case 1 -> words.add(0, letters());
      case 2 -> words.add(own(words), "-" + "abcdefgijklmnopqrstuvwxyz".charAt(random.nextInt(25)));
      case 3 -> words.add(0, "--session=" + "../" + noise());
      case 4 -> words.addAll(0, List.of("--json=" + letters()));
      case 5 -> words.add(0, "--state=");
      case 6 -> words.add(0, "@" + stage.file("text"));
      case 7 -> {
        words.clear();
        words.addAll(List.of("doctor", "--device", noise()));
      }
      default -> {
        words.clear();
        words.addAll(Collections.nCopies(1 + random.nextInt(4), noise()));
      }
    }
    return new Line(words, USAGE);
  }

  private String letters() {
    StringBuilder letters = new StringBuilder("x");
    for (int i = random.nextInt(8); i >= 0; i--) {
      letters.append((char) ('a' + random.nextInt(26)));
    }
    return letters.toString();
  }

  /** What no option, verb, name or address is. */
  String noise() {
    StringBuilder noise = new StringBuilder("?");
    for (int i = random.nextInt(20); i >= 0; i--) {
      switch (random.nextInt(7)) {
        case 0 -> noise.append("\u001b[2J");
        case 1 -> noise.append("\u001b]0;title\u0007");
        case 2 -> noise.append("\nholdfast: done\n");
        case 3 -> noise.appendCodePoint(1 + random.nextInt(0x10ffff));
        case 4 -> noise.append((char) (0x80 + random.nextInt(0x20)));
        case 5 -> noise.append("%s${sys:user.home}\\u001b\u202e");
        default -> noise.append("x".repeat(random.nextInt(9) == 0 ? 100_000 : 3));
      }
    }
    return noise.toString();
  }
}
