package io.holdfast.sim.differential;

import java.util.List;
import java.util.SplittableRandom;

/** Steps about the VFIO device. */
final class DeviceSteps {
  private final SplittableRandom random;
  private final RandomOperands operands;
  private final List<Step> steps;

  DeviceSteps(SplittableRandom random, RandomOperands operands, List<Step> steps) {
    this.random = random;
    this.operands = operands;
    this.steps = steps;
  }

  void add() {
    Step step = next();
    if (step.call().startsWith("VFIO_") && operands.chance(8)) {
      step = step.with("argsz", Operand.of(random.nextInt(0, 48)));
    }
    steps.add(step);
  }

  private Step next() {
    Operand on = operands.mostly("cdev");
    return switch (random.nextInt(24)) {
      case 0 -> operands.open("cdev", "cdev");
      case 1 ->
          operands.open(operands.one("iommufd", "group"), operands.one("/dev/iommu", "group"));
      case 2, 3 ->
          Step.to(
              operands.fresh('o', "device"),
              "VFIO_DEVICE_BIND_IOMMUFD",
              "on",
              on,
              "flags",
              operands.chance(92) ? 0 : 2,
              "iommufd",
              operands.mostly("iommufd"));
      case 4, 5 ->
          Step.to(
              operands.chance(50) ? operands.fresh('o', "hwpt") : null,
              "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
              "on",
              on,
              "flags",
              operands.chance(92) ? 0 : operands.one(new long[] {1, 2}),
              "pt_id",
              operands.mostly(operands.one("ioas", "ioas", "hwpt", "device")));
      case 6 ->
          Step.of(
              "VFIO_DEVICE_DETACH_IOMMUFD_PT",
              "on",
              on,
              "flags",
              operands.chance(92) ? 0 : operands.one(new long[] {1, 2}));
      case 7 -> Step.of("VFIO_DEVICE_GET_INFO", "on", on);
      case 8, 9 ->
          Step.of("VFIO_DEVICE_GET_REGION_INFO", "on", on, "index", random.nextInt(-1, 11));
      case 10, 11 -> Step.of("VFIO_DEVICE_GET_IRQ_INFO", "on", on, "index", random.nextInt(-1, 7));
      case 12, 13 -> interrupts(on);
      case 14 -> Step.of("VFIO_DEVICE_RESET", "on", on);
      case 15 ->
          Step.of(
              "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO",
              "on",
              on,
              "argsz",
              operands.one(new long[] {12, 20, 48}));
      case 16 ->
          Step.of(
              "VFIO_DEVICE_PCI_HOT_RESET",
              "on",
              on,
              "flags",
              operands.chance(85) ? 0 : 1,
              "count",
              operands.one(new long[] {0, 0, 1, -1}));
      case 17 -> Step.of("close", "on", operands.any(operands.one("cdev", "iommufd", "group")));
      case 18 -> Step.to(operands.fresh('f', "event"), "eventfd", "flags", 0x800);
      case 19, 20 -> access("pread", on);
      case 21, 22 ->
          access("pwrite", on)
              .with(
                  "value",
                  Operand.of(operands.one(new long[] {0, -1, 0x107, 0x103, 0x1234_5678, 6})));
      default -> Step.of("ioctl", "on", on, "number", 0x3b64 + random.nextInt(24), "argument", 0);
    };
  }

  /** The register at 8 is left alone: the device takes its time to answer there. */
  private Step access(String call, Operand on) {
    long offset = offset();
    long bytes = operands.one(new long[] {1, 2, 4, 4, 8});
    boolean reachesIt = offset > 0 && offset <= 8 && offset + bytes > 8;
    return Step.of(call, "on", on, "offset", offset, "bytes", reachesIt ? 4 : bytes);
  }

  private long offset() {
    if (operands.chance(60)) {
      return (7L << 40)
          + operands.one(
              new long[] {
                0, 2, 4, 4, 4, 6, 8, 0xc, 0xe, 0x10, 0x10, 0x14, 0x2c, 0x34, 0x3c, 0x3c, 0x40, 0x42,
                0x50, 0xfc, 0xfe, 0x100, 0x104, 0xfff, 0x1000
              });
    }
    if (operands.chance(60)) {
      return operands.one(new long[] {0, 4, 4, 4, 0x20, 0x24, 1, 2, 0xf_fffc, 0xf_fffe, 0x10_0000});
    }
    return operands.one(
        new long[] {
          1L << 40,
          6L << 40,
          (6L << 40) + 4,
          8L << 40,
          (8L << 40) + 0x3c0,
          9L << 40,
          -1,
          Long.MIN_VALUE
        });
  }

  private Step interrupts(Operand on) {
    return Step.of(
        "VFIO_DEVICE_SET_IRQS",
        "on",
        on,
        "argsz",
        operands.one(new long[] {20, 24, 24, 24, 28}),
        "flags",
        operands.one(
            new long[] {
              0x24, 0x24, 0x24, 0x21, 0x21, 0x22, 0x09, 0x0a, 0x0c, 0x11, 0x14, 0x20, 0x04, 0x64
            }),
        "index",
        random.nextInt(0, 6),
        "start",
        operands.chance(90) ? 0 : 1,
        "count",
        operands.one(new long[] {1, 1, 1, 0, 2}),
        "data",
        operands.one(
            operands.any("event"),
            operands.any("event"),
            Operand.of(-1),
            Operand.of(-2),
            operands.any("iommufd")));
  }
}
