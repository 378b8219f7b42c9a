package io.holdfast.sim.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Makes random programs that live through kexecs: sessions with memfds in them, some of which the
 * next kernel hands out again, in odd orders and with odd names and tokens.
 */
final class LifeGenerator {
  private static final int GENERATIONS = 3;
  private static final long[] TOKENS = {0, 1, 2, 3, -1};

  private final SplittableRandom random;
  private final String prefix;
  private final List<Step> steps = new ArrayList<>();
  private RandomOperands operands;
  private SessionSteps odd;

  private LifeGenerator(long seed) {
    random = new SplittableRandom(seed);
    prefix = seed + "-";
  }

  /** The program of a seed, always the same; its session names are no other program's. */
  static Program program(long seed) {
    return new LifeGenerator(seed).make();
  }

  private Program make() {
    for (int generation = 0; generation < GENERATIONS; generation++) {
      operands = new RandomOperands(random);
      odd = new SessionSteps(random, operands, steps, prefix);
      steps.add(operands.open("liveupdate", "/dev/liveupdate"));
      if (generation > 0) {
        retrieve();
      }
      create();
      some(0, 6, odd::add);
      if (operands.chance(30)) {
        mapAndLook();
      }
      if (generation + 1 < GENERATIONS) {
        end();
      }
    }
    return new Program(steps);
  }

  private void some(int least, int most, Runnable add) {
    for (int count = random.nextInt(least, most); count > 0; count--) {
      add.run();
    }
  }

  private void create() {
    some(
        1,
        3,
        () ->
            add(
                "session",
                "LIVEUPDATE_IOCTL_CREATE_SESSION",
                "name",
                prefix + operands.one("a", "b")));
    some(1, 5, this::memfd);
    some(
        1,
        6,
        () ->
            steps.add(
                Step.of(
                    "LIVEUPDATE_SESSION_PRESERVE_FD",
                    "on",
                    operands.any("session"),
                    "fd",
                    operands.any("memfd"),
                    "token",
                    operands.one(TOKENS))));
  }

  private void add(String role, String request, String argument, Object value) {
    Operand on = operands.any(request.contains("IOCTL") ? "liveupdate" : "session");
    steps.add(Step.to(operands.fresh('f', role), request, "on", on, argument, value));
  }

  private void memfd() {
    steps.add(
        Step.to(
            operands.fresh('f', "memfd"),
            "memfd_create",
            "name",
            "m",
            "flags",
            operands.one(new long[] {0x12, 0x12, 0x12, 0x10, 0xa, 8, 4})));
    Operand memfd = operands.any("memfd");
    steps.add(
        Step.of(
            "ftruncate",
            "on",
            memfd,
            "length",
            operands.one(new long[] {0, 1, 0x1000, 5000, 0x4000, 0x10000})));
    steps.add(
        Step.of(
            "pwrite",
            "on",
            memfd,
            "offset",
            operands.one(new long[] {0, 0xffe, 0x3000}),
            "bytes",
            8,
            "value",
            random.nextInt(1000)));
    if (operands.chance(30)) {
      steps.add(seal(memfd));
    }
  }

  private Step seal(Operand memfd) {
    return Step.of(
        "fcntl",
        "on",
        memfd,
        "command",
        1033,
        "argument",
        operands.one(new long[] {1, 2, 4, 6, 8, 0x10, 0x20}));
  }

  private void retrieve() {
    some(
        1,
        5,
        () ->
            add(
                "session",
                "LIVEUPDATE_IOCTL_RETRIEVE_SESSION",
                "name",
                prefix + operands.one("a", "a", "b", "nic0")));
    some(2, 8, () -> add("memfd", "LIVEUPDATE_SESSION_RETRIEVE_FD", "token", operands.one(TOKENS)));
    some(2, 8, this::lookAt);
    if (operands.chance(30)) {
      mapAndLook();
    }
    if (operands.chance(60)) {
      steps.add(Step.of("LIVEUPDATE_SESSION_FINISH", "on", operands.any("session")));
      some(0, 3, this::lookAt);
    }
  }

  private void lookAt() {
    Operand memfd = operands.any("memfd");
    steps.add(
        switch (random.nextInt(8)) {
          case 0 -> Step.of("statx", "on", memfd);
          case 1 -> Step.of("fcntl", "on", memfd, "command", operands.one(new long[] {1, 3, 1034}));
          case 2, 3 ->
              Step.of(
                  "pread",
                  "on",
                  memfd,
                  "offset",
                  operands.one(new long[] {0, 0xffe, 0x3000}),
                  "bytes",
                  operands.one(new long[] {8, 0x10000}));
          case 4 -> Step.of("pwrite", "on", memfd, "offset", 0x1ffe, "bytes", 4, "value", 77);
          case 5 ->
              Step.of(
                  "ftruncate", "on", memfd, "length", operands.one(new long[] {0, 0x1000, 0x8000}));
          case 6 -> seal(memfd);
          default -> Step.of("readlink", "on", memfd);
        });
  }

  /** Where the memory is: the same frames as before the kexec, or the file is not the same. */
  private void mapAndLook() {
    steps.add(operands.open("iommufd", "/dev/iommu"));
    steps.add(operands.open("cdev", "cdev"));
    Operand iommufd = operands.any("iommufd");
    Operand cdev = operands.any("cdev");
    steps.add(Step.to(operands.fresh('o', "ioas"), "IOMMU_IOAS_ALLOC", "on", iommufd));
    steps.add(Step.of("VFIO_DEVICE_BIND_IOMMUFD", "on", cdev, "iommufd", iommufd));
    Operand ioas = operands.any("ioas");
    steps.add(Step.of("VFIO_DEVICE_ATTACH_IOMMUFD_PT", "on", cdev, "pt_id", ioas));
    for (int i = 0; i < 3; i++) {
      long iova = 0x10_0000L * (i + 1);
      steps.add(
          Step.of(
              "IOMMU_IOAS_MAP_FILE",
              "on",
              iommufd,
              "flags",
              7,
              "ioas_id",
              ioas,
              "fd",
              operands.any("memfd"),
              "length",
              operands.one(new long[] {0x1000, 0x1000, 0x4000, 0x10000}),
              "iova",
              iova));
      steps.add(
          Step.of(AddressCalls.PAGES, "on", iommufd, "ioas_id", ioas, "iova", iova, "count", 4));
    }
    steps.add(Step.of("close", "on", cdev));
    steps.add(Step.of("close", "on", iommufd));
  }

  private void end() {
    if (operands.chance(20)) {
      steps.add(Step.of("close", "on", operands.any("session")));
    }
    steps.add(Step.of(Interpreter.KEXEC));
  }
}
