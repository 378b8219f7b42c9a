package io.holdfast.sim.differential;

import static io.holdfast.uapi.VfioUapi.VFIO_CHECK_EXTENSION;
import static io.holdfast.uapi.VfioUapi.VFIO_GET_API_VERSION;
import static io.holdfast.uapi.VfioUapi.VFIO_GROUP_UNSET_CONTAINER;
import static io.holdfast.uapi.VfioUapi.VFIO_SET_IOMMU;

import java.util.List;
import java.util.SplittableRandom;

/** Steps about the VFIO device's legacy group, and containers. */
final class GroupSteps {
  private static final String CONTAINER = "/dev/vfio/vfio";
  private static final int CAP_SYS_RAWIO = 17;

  private final SplittableRandom random;
  private final RandomOperands operands;
  private final List<Step> steps;
  private final DeviceSteps device;

  /**
   * What a program's group is in. Never both: Linux 7.3 loses count of the group where a device is
   * opened through an iommufd, then through a container as well, and closed in this order.
   */
  private final String container;

  GroupSteps(SplittableRandom random, RandomOperands operands, List<Step> steps) {
    this.random = random;
    this.operands = operands;
    this.steps = steps;
    this.device = new DeviceSteps(random, operands, steps);
    this.container = operands.chance(75) ? "container" : "iommufd";
  }

  /** Opens the device by its group. */
  void open() {
    steps.add(operands.open(container, container.equals("iommufd") ? "/dev/iommu" : CONTAINER));
    steps.add(operands.open("group", "group"));
    steps.add(setContainer(container()));
    steps.add(request(container, VFIO_SET_IOMMU, 8));
    steps.add(getDevice("device"));
  }

  void add() {
    if (operands.chance(35)) {
      device.add();
      return;
    }
    Step step = next();
    steps.add(operands.chance(94) ? step : step.with("without", Operand.of(CAP_SYS_RAWIO)));
  }

  private Step next() {
    return switch (random.nextInt(16)) {
      case 0 -> operands.open("container", CONTAINER);
      case 1 -> operands.open("group", "group");
      case 2 -> operands.open("iommufd", "/dev/iommu");
      case 3, 4 -> setContainer(operands.one(container(), container(), operands.any("cdev")));
      case 5, 6 ->
          request(
              operands.one("container", "container", "iommufd"),
              VFIO_SET_IOMMU,
              operands.one(new long[] {8, 8, 8, 1, 3, 0, -1}));
      case 7 ->
          request(
              operands.one("container", "iommufd"), VFIO_CHECK_EXTENSION, random.nextInt(-1, 12));
      case 8, 9, 10 ->
          getDevice(operands.one("device", "device", "device", "device ", "device x", "devicex"));
      case 11 -> request("group", VFIO_GROUP_UNSET_CONTAINER, 0);
      case 12 ->
          Step.of(
              "VFIO_GROUP_GET_STATUS",
              "on",
              operands.mostly("group"),
              "argsz",
              operands.one(new long[] {8, 8, 4, 16}));
      case 13 ->
          request(operands.one("container", "group"), VFIO_GET_API_VERSION + random.nextInt(24), 0);
      default ->
          Step.of(
              "close",
              "on",
              operands.any(operands.one("container", "group", "cdev", "cdev", "iommufd")));
    };
  }

  private Operand container() {
    return operands.has(container) ? operands.any(container) : Operand.of(-1);
  }

  private Step setContainer(Operand into) {
    return Step.of(ContainerCalls.SET_CONTAINER, "on", operands.any("group"), "container", into);
  }

  private Step request(String on, long number, long argument) {
    return Step.of(
        "ioctl", "on", operands.mostly(on), "number", number, "argument", Operand.of(argument));
  }

  /** What it opens is a device like another. */
  private Step getDevice(String name) {
    Operand group = operands.any("group");
    return Step.to(
        operands.fresh('f', "cdev"),
        ContainerCalls.GET_DEVICE_FD,
        "on",
        group,
        "name",
        Operand.of(name));
  }
}
