package io.holdfast.sim.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes random programs: mostly sensible ones, with what is invalid and what is on the edge. */
final class Generator {
  private final SplittableRandom random;
  private final RandomOperands operands;
  private final List<Step> steps = new ArrayList<>();

  private Generator(long seed) {
    random = new SplittableRandom(seed);
    operands = new RandomOperands(random);
  }

  /** The program of a seed, always the same. */
  static Program program(long seed) {
    return new Generator(seed).make();
  }

  private Program make() {
    int theme = random.nextInt(9);
    switch (theme) {
      case 0, 1, 2 -> {
        attached();
        more(8, 24, new IoasSteps(random, operands, steps)::add);
      }
      case 3 -> {
        steps.add(operands.open("iommufd", "/dev/iommu"));
        more(8, 24, new IoasSteps(random, operands, steps)::add);
      }
      case 4 -> {
        attached();
        more(8, 24, new DeviceSteps(random, operands, steps)::add);
      }
      case 5 -> {
        steps.add(operands.open("liveupdate", "/dev/liveupdate"));
        more(8, 24, new SessionSteps(random, operands, steps, "")::add);
      }
      case 6 -> more(8, 24, new FileSteps(random, operands, steps)::add);
      case 7 -> {
        GroupSteps group = new GroupSteps(random, operands, steps);
        if (operands.chance(80)) {
          group.open();
        }
        more(8, 24, group::add);
      }
      default -> {
        IoasSteps ioas = new IoasSteps(random, operands, steps);
        DeviceSteps device = new DeviceSteps(random, operands, steps);
        SessionSteps session = new SessionSteps(random, operands, steps, "");
        FileSteps file = new FileSteps(random, operands, steps);
        GroupSteps group = new GroupSteps(random, operands, steps);
        more(
            15,
            40,
            () -> {
              switch (random.nextInt(5)) {
                case 0 -> ioas.add();
                case 1 -> device.add();
                case 2 -> session.add();
                case 3 -> group.add();
                default -> file.add();
              }
            });
      }
    }
    return new Program(steps);
  }

  private void more(int least, int most, Runnable add) {
    int wanted = steps.size() + random.nextInt(least, most);
    while (steps.size() < wanted) {
      add.run();
    }
  }

  private void attached() {
    steps.add(operands.open("iommufd", "/dev/iommu"));
    steps.add(operands.open("cdev", "cdev"));
    Operand iommufd = operands.any("iommufd");
    Operand cdev = operands.any("cdev");
    steps.add(Step.to(operands.fresh('o', "ioas"), "IOMMU_IOAS_ALLOC", "on", iommufd));
    steps.add(
        Step.to(
            operands.fresh('o', "device"),
            "VFIO_DEVICE_BIND_IOMMUFD",
            "on",
            cdev,
            "iommufd",
            iommufd));
    steps.add(
        Step.to(
            operands.fresh('o', "hwpt"),
            "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
            "on",
            cdev,
            "pt_id",
            operands.any("ioas")));
    steps.add(Step.to(operands.fresh('f', "memfd"), "memfd_create", "name", "m", "flags", 0x12));
    steps.add(Step.of("ftruncate", "on", operands.any("memfd"), "length", 0x4000));
  }
}
