package io.holdfast.sim.differential;

import java.util.List;
import java.util.SplittableRandom;

/** Steps about I/O address spaces, their mappings and page tables. */
final class IoasSteps {
  private static final String[] REQUESTS = {
    "IOMMU_DESTROY", "IOMMU_IOAS_ALLOC", "IOMMU_IOAS_ALLOW_IOVAS", "IOMMU_IOAS_COPY",
    "IOMMU_IOAS_IOVA_RANGES", "IOMMU_IOAS_MAP", "IOMMU_IOAS_MAP_FILE", "IOMMU_IOAS_UNMAP",
    "IOMMU_OPTION", "IOMMU_HWPT_ALLOC", "IOMMU_GET_HW_INFO"
  };

  private final SplittableRandom random;
  private final RandomOperands operands;
  private final List<Step> steps;

  IoasSteps(SplittableRandom random, RandomOperands operands, List<Step> steps) {
    this.random = random;
    this.operands = operands;
    this.steps = steps;
  }

  void add() {
    Step step = next();
    if (step.call().startsWith("IOMMU_") && operands.chance(4)) {
      step = odd(step);
    }
    if (operands.chance(2)) {
      step = step.with("without", Operand.of(operands.one(new long[] {14, 17, 24})));
    } else if (operands.chance(3)) {
      step = step.with("memlock", Operand.of(operands.one(new long[] {0, 0x1000, 0x4000})));
    }
    steps.add(step);
  }

  private Step next() {
    Operand on = operands.mostly("iommufd");
    return switch (random.nextInt(26)) {
      case 0 ->
          Step.to(
              operands.fresh('o', "ioas"),
              "IOMMU_IOAS_ALLOC",
              "on",
              on,
              "flags",
              operands.chance(5) ? 1 : 0);
      case 1 -> Step.of("IOMMU_DESTROY", "on", on, "id", operands.mostly(object()));
      case 2, 3, 4, 5, 6 ->
          Step.to(
              operands.fresh('i', "iova"),
              "IOMMU_IOAS_MAP_FILE",
              "on",
              on,
              "flags",
              mapFlags(),
              "ioas_id",
              operands.mostly("ioas"),
              "fd",
              operands.mostly("memfd"),
              "start",
              start(),
              "length",
              operands.length(),
              "iova",
              operands.iova());
      case 7, 8 -> map(on);
      case 9, 10 ->
          Step.to(
              operands.fresh('i', "iova"),
              "IOMMU_IOAS_COPY",
              "on",
              on,
              "flags",
              mapFlags(),
              "dst_ioas_id",
              operands.mostly("ioas"),
              "src_ioas_id",
              operands.mostly("ioas"),
              "length",
              operands.length(),
              "dst_iova",
              operands.iova(),
              "src_iova",
              operands.iova());
      case 11, 12, 13 ->
          Step.of(
              "IOMMU_IOAS_UNMAP",
              "on",
              on,
              "ioas_id",
              operands.mostly("ioas"),
              "iova",
              operands.iova(),
              "length",
              operands.chance(12) ? Operand.of(-1) : operands.length());
      case 14, 15, 16 ->
          Step.of(
              AddressCalls.GET_PA,
              "on",
              on,
              "ioas_id",
              operands.mostly("ioas"),
              "iova",
              operands.iova(),
              "length",
              operands.length());
      case 17, 18 ->
          Step.of(
              AddressCalls.PAGES,
              "on",
              on,
              "ioas_id",
              operands.any("ioas"),
              "iova",
              operands.iova(),
              "count",
              6);
      case 19 ->
          Step.of(
              "IOMMU_IOAS_IOVA_RANGES",
              "on",
              on,
              "ioas_id",
              operands.mostly("ioas"),
              "num_iovas",
              operands.one(new long[] {0, 1, 2, 8, 16}),
              "ranges",
              "");
      case 20 -> allow(on);
      case 21 -> option(on);
      case 22 ->
          Step.to(
              operands.fresh('o', "hwpt"),
              "IOMMU_HWPT_ALLOC",
              "on",
              on,
              "flags",
              operands.chance(85) ? 0 : operands.one(new long[] {1, 2, 4, 8, 16, 32}),
              "dev_id",
              operands.mostly("device"),
              "pt_id",
              operands.mostly(operands.chance(90) ? "ioas" : object()));
      case 23 -> attach();
      case 24 ->
          operands.chance(50)
              ? Step.of("VFIO_DEVICE_DETACH_IOMMUFD_PT", "on", operands.mostly("cdev"))
              : attach();
      default -> memory();
    };
  }

  /**
   * Where the kernel maps what it may place itself depends on the address, which mmap chose: with
   * more than a page there would be nothing to compare.
   */
  private Step map(Operand on) {
    long flags = mapFlags();
    Operand slot = operands.any("memory");
    long mapped = operands.mappedBytes(slot);
    long offset = operands.one(new long[] {0, 0, 0, 0x1000, 0x2000, 0x800, 8});
    boolean inside = mapped > offset && operands.chance(90);
    Operand address =
        inside
            ? Operand.slot('v', slot.slot(), offset)
            : Operand.of(operands.one(new long[] {0, 0x1000, -0x1000, 1L << 47}));
    Operand length = (flags & 1) == 0 ? Operand.of(0x1000) : operands.length();
    if (inside && length.number() > mapped - offset && operands.chance(95)) {
      length = Operand.of(Math.max(1, mapped - offset & -0x1000));
    }
    if (inside && length.number() > mapped - offset) {
      length = Operand.of(operands.one(new long[] {-1, 1L << 62, 1L << 63, Long.MAX_VALUE}));
    }
    return Step.to(
        operands.fresh('i', "iova"),
        "IOMMU_IOAS_MAP",
        "on",
        on,
        "flags",
        flags,
        "ioas_id",
        operands.mostly("ioas"),
        "user_va",
        address,
        "length",
        length,
        "iova",
        operands.iova());
  }

  private Step attach() {
    return Step.to(
        operands.chance(50) ? operands.fresh('o', "hwpt") : null,
        "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
        "on",
        operands.mostly("cdev"),
        "pt_id",
        operands.mostly(operands.chance(70) ? "ioas" : object()));
  }

  private Step memory() {
    return switch (random.nextInt(5)) {
      case 0 -> Step.to(operands.fresh('f', "memfd"), "memfd_create", "name", "n", "flags", 0x12);
      case 1, 2 ->
          Step.of(
              "ftruncate",
              "on",
              operands.any("memfd"),
              "length",
              operands.one(new long[] {0, 0x1000, 0x2800, 0x4000, 0x10000, 0x20_0000}));
      default -> {
        long bytes = operands.one(new long[] {0x1000, 0x4000, 0x4000, 0x10000});
        yield random.nextBoolean()
            ? Step.to(operands.memory(bytes), "mmap", "on", -1, "length", bytes, "flags", 0x22)
            : Step.to(
                operands.memory(bytes),
                "mmap",
                "on",
                operands.any("memfd"),
                "length",
                bytes,
                "prot",
                operands.one(new long[] {1, 3, 3}),
                "flags",
                operands.one(new long[] {1, 1, 2}));
      }
    };
  }

  private String object() {
    return operands.one("ioas", "ioas", "device", "hwpt", "hwpt");
  }

  private long mapFlags() {
    return operands.chance(92)
        ? operands.one(new long[] {7, 7, 7, 7, 6, 6, 5, 3})
        : operands.one(new long[] {0, 1, 8, 15});
  }

  private long start() {
    return operands.chance(92)
        ? operands.one(new long[] {0, 0, 0, 0x1000, 0x2000, 0x4000})
        : operands.one(new long[] {0x800, 1, -0x1000, -1, 1L << 62, 1L << 63});
  }

  private Step allow(Operand on) {
    String ranges =
        operands.one(
            "",
            "0-ffff",
            "1000-fffffff",
            "100000000-1ffffffff",
            "100000000-1001fffff,200000000-2ffffffff",
            "200000000-2ffffffff,100000000-1001fffff",
            "1000-2fff,2000-3fff",
            "2000-1000",
            "1000-1000",
            "0-ffffffffffffffff",
            "800-17ff");
    int count = ranges.isEmpty() ? 0 : ranges.split(",", -1).length;
    return Step.of(
        "IOMMU_IOAS_ALLOW_IOVAS",
        "on",
        on,
        "ioas_id",
        operands.mostly("ioas"),
        "num_iovas",
        operands.chance(90) ? count : random.nextInt(4),
        "ranges",
        ranges);
  }

  private Step option(Operand on) {
    return Step.of(
        "IOMMU_OPTION",
        "on",
        on,
        "option_id",
        operands.one(new long[] {0, 1, 1, 1, 2}),
        "op",
        operands.one(new long[] {0, 0, 1, 1, 2}),
        "object_id",
        operands.chance(20) ? Operand.of(0) : operands.mostly("ioas"),
        "val64",
        operands.one(new long[] {0, 0, 1, 2}));
  }

  /**
   * A struct of another size, with something behind it, in a field that must be zero, or another's.
   */
  private Step odd(Step step) {
    return switch (random.nextInt(6)) {
      case 0 -> step.with("size", Operand.of(random.nextInt(0, 64)));
      case 1 -> step.with("size", Operand.of(72)).with("tail", Operand.of(random.nextInt(2)));
      case 2 ->
          step.with(
              "number",
              Operand.of(
                  operands.chance(50) ? 0x3b96 + random.nextInt(10) : 0x3b70 + random.nextInt(16)));
      case 3 -> Step.of(operands.one(REQUESTS), "on", operands.any("iommufd"));
      case 4 -> step.with("on", Operand.slot('f', random.nextInt(Operand.SLOTS), 0));
      default ->
          Step.of(
              "IOMMU_GET_HW_INFO",
              "on",
              operands.any("iommufd"),
              "dev_id",
              operands.mostly("device"),
              "flags",
              operands.chance(80) ? 0 : 2);
    };
  }
}
