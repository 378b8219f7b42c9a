package io.holdfast.sim.differential;

import java.util.List;
import java.util.SplittableRandom;

/** Steps about live-update sessions and the files in them. */
final class SessionSteps {
  private final SplittableRandom random;
  private final RandomOperands operands;
  private final List<Step> steps;
  private final String prefix;

  /** {@code prefix} begins the names of sessions, so that they are no other program's. */
  SessionSteps(SplittableRandom random, RandomOperands operands, List<Step> steps, String prefix) {
    this.prefix = prefix;
    this.random = random;
    this.operands = operands;
    this.steps = steps;
  }

  void add() {
    Step step = next();
    if (step.call().startsWith("LIVEUPDATE_") && operands.chance(6)) {
      step =
          switch (random.nextInt(4)) {
            case 0 -> step.with("size", Operand.of(random.nextInt(0, 100)));
            case 1 ->
                step.with("size", Operand.of(112)).with("tail", Operand.of(random.nextInt(2)));
            case 2 -> step.with("number", Operand.of(0xba00 + random.nextInt(0x48)));
            default -> step.with("on", Operand.slot('f', random.nextInt(Operand.SLOTS), 0));
          };
    }
    steps.add(step);
  }

  private Step next() {
    Operand session = operands.mostly("session");
    return switch (random.nextInt(20)) {
      case 0 -> operands.open("liveupdate", "/dev/liveupdate");
      case 1, 2, 3 ->
          Step.to(
              operands.fresh('f', "session"),
              "LIVEUPDATE_IOCTL_CREATE_SESSION",
              "on",
              operands.mostly("liveupdate"),
              "name",
              name());
      case 4 ->
          Step.to(
              operands.fresh('f', "session"),
              "LIVEUPDATE_IOCTL_RETRIEVE_SESSION",
              "on",
              operands.mostly("liveupdate"),
              "name",
              name());
      case 5, 6, 7, 8 ->
          Step.of(
              "LIVEUPDATE_SESSION_PRESERVE_FD",
              "on",
              session,
              "fd",
              operands.mostly(
                  operands.chance(95) ? "memfd" : operands.one("session", "liveupdate")),
              "token",
              operands.one(new long[] {0, 1, 1, 2, 3, -1}));
      case 9 ->
          Step.to(
              operands.fresh('f', "memfd"),
              "LIVEUPDATE_SESSION_RETRIEVE_FD",
              "on",
              session,
              "token",
              operands.one(new long[] {0, 1, 2}));
      case 10 ->
          Step.of(
              "LIVEUPDATE_SESSION_FINISH", "on", session, "reserved", operands.chance(90) ? 0 : 1);
      case 11 ->
          Step.of(
              "LIVEUPDATE_SESSION_GET_NAME",
              "on",
              session,
              "reserved",
              operands.chance(90) ? 0 : 1);
      case 12 ->
          Step.of("close", "on", operands.any(operands.one("session", "liveupdate", "memfd")));
      case 13 -> Step.to(operands.fresh('f', "session"), "dup", "on", session);
      case 14 ->
          Step.of("readlink", "on", operands.any(operands.one("session", "liveupdate", "memfd")));
      case 15 -> Step.of("pread", "on", session, "bytes", 8);
      default -> new FileSteps(random, operands, steps).memfd();
    };
  }

  String name() {
    String rest =
        operands.chance(85)
            ? operands.one("a", "b", "nic0")
            : operands.one(
                "a/b", "..", "with space", "\u00e4", "%s", "x".repeat(63), "y".repeat(64));
    if (operands.chance(3)) {
      return "";
    }
    String name = prefix + rest;
    int most = rest.startsWith("y") ? 64 : 63;
    return name.substring(0, Math.min(name.length(), most));
  }
}
