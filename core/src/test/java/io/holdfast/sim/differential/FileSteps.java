package io.holdfast.sim.differential;

import java.util.List;
import java.util.SplittableRandom;

/** Steps about memfds, descriptors and memory. */
final class FileSteps {
  private static final long[] SIZES = {
    0, 1, 0x800, 0x1000, 0x1000, 0x2000, 5000, 0x4000, 0x10000, 0x20_0000, -1, -0x1000
  };

  private final SplittableRandom random;
  private final RandomOperands operands;
  private final List<Step> steps;

  FileSteps(SplittableRandom random, RandomOperands operands, List<Step> steps) {
    this.random = random;
    this.operands = operands;
    this.steps = steps;
  }

  void add() {
    steps.add(operands.chance(60) ? memfd() : other());
  }

  Step memfd() {
    Operand memfd = operands.mostly("memfd");
    return switch (random.nextInt(14)) {
      case 0, 1 ->
          Step.to(
              operands.fresh('f', "memfd"),
              "memfd_create",
              "name",
              operands.chance(90) ? "m" : operands.one("", "a".repeat(249), "a".repeat(250), "a/b"),
              "flags",
              operands.chance(70)
                  ? operands.one(new long[] {0x12, 0x13, 0x12, 0x10, 2, 0})
                  : operands.one(new long[] {8, 9, 0xa, 0x18, 4, 6, 0x20, 0x1a, 0x5400_0004, -1}));
      case 2, 3, 4 -> Step.of("ftruncate", "on", memfd, "length", operands.one(SIZES));
      case 5, 6 ->
          Step.of(
              "pwrite",
              "on",
              memfd,
              "offset",
              operands.one(new long[] {0, 1, 0xffe, 0x1000, 0x2000, 5000, 0x10000, -1}),
              "bytes",
              operands.one(new long[] {0, 1, 4, 8, 8, 0x1001}),
              "value",
              random.nextInt(1000));
      case 7, 8 ->
          Step.of(
              "pread",
              "on",
              memfd,
              "offset",
              operands.one(new long[] {0, 1, 0xffe, 0x1000, 0x2000, 4998, 0x10000, -1}),
              "bytes",
              operands.one(new long[] {0, 1, 8, 8, 0x2000}));
      case 9, 10 ->
          Step.of(
              "fcntl",
              "on",
              memfd,
              "command",
              1033,
              "argument",
              operands.one(
                  new long[] {0, 1, 2, 2, 4, 4, 6, 8, 8, 0x10, 0x10, 0x20, 0x21, 0x3f, 0x40}));
      case 11 -> Step.of("fcntl", "on", memfd, "command", 1034);
      case 12 -> Step.of("statx", "on", memfd);
      default -> Step.of("read", "on", memfd, "bytes", operands.one(new long[] {0, 8, 0x1000}));
    };
  }

  private String role() {
    return operands.one(
        "memfd", "memfd", "memfd", "event", "iommufd", "liveupdate", "session", "cdev");
  }

  private Step map(Operand on) {
    long bytes = operands.one(new long[] {0, 1, 0x1000, 0x2000, 0x4000});
    return Step.to(
        operands.memory(bytes),
        "mmap",
        "on",
        on,
        "length",
        bytes,
        "prot",
        operands.one(new long[] {0, 1, 1, 3, 3, 3}),
        "flags",
        operands.one(new long[] {1, 1, 1, 2, 0x22, 0x21, 0, 3}),
        "offset",
        operands.one(new long[] {0, 0, 0, 0x1000, 0x800, -0x1000}));
  }

  private Step other() {
    Operand on = operands.mostly(role());
    return switch (random.nextInt(20)) {
      case 0 -> Step.of("close", "on", on);
      case 1, 2 ->
          Step.to(
              operands.fresh('f', "memfd"), "dup", "on", on, "least", operands.chance(90) ? 0 : -1);
      case 3 -> Step.of("dup2", "on", on, "to", operands.any(role()));
      case 4, 5 ->
          Step.of(
              "fcntl",
              "on",
              on,
              "command",
              operands.one(new long[] {1, 1, 2, 3, 1034, 1033, 77}),
              "argument",
              random.nextInt(2));
      case 6, 7, 8 -> map(on);
      case 9, 10 -> Step.of("munmap", "at", operands.any("memory"));
      case 11 ->
          Step.to(
              operands.fresh('f', "event"),
              "eventfd",
              "initial",
              operands.one(new long[] {0, 1, 3}),
              "flags",
              operands.one(new long[] {0x800, 0x801, 0x8_0800, 0x880}));
      case 12, 13 ->
          Step.of(
              "read",
              "on",
              operands.mostly("event"),
              "bytes",
              operands.one(new long[] {8, 8, 4, 16}));
      case 14 -> Step.of("statx", "on", on);
      case 15 -> Step.of("readlink", "on", on);
      case 16 -> Step.of("ftruncate", "on", on, "length", 0x1000);
      case 17 ->
          operands.open(
              operands.one("iommufd", "liveupdate", "cdev"),
              operands.one("/dev/iommu", "/dev/liveupdate", "cdev"));
      case 18 -> Step.of(operands.one("pread", "pwrite"), "on", on, "bytes", 4);
      default ->
          Step.of(
              "ioctl",
              "on",
              on,
              "number",
              operands.one(new long[] {0x3b80, 0x3b67, 0xba00, 0xba40, 0x7800, 0x7801}),
              "argument",
              0);
    };
  }
}
