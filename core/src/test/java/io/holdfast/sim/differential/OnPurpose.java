package io.holdfast.sim.differential;

/**
 * Where the simulation answers otherwise on purpose; the reasons are in the package comment of
 * {@code io.holdfast.sim}. As narrow as can be: what is not named here has to be alike.
 */
final class OnPurpose {
  private OnPurpose() {}

  static boolean explains(Program program, int at, Answer real, Answer simulated) {
    Step step = program.steps().get(at);
    return switch (step.call()) {
      case "VFIO_DEVICE_GET_REGION_INFO" -> lacksMapping(real, simulated);
      case "VFIO_DEVICE_ATTACH_IOMMUFD_PT" ->
          step.arguments().containsKey("flags") && simulated.text().equals("EOPNOTSUPP");
      case "mmap" -> simulated.text().equals("EINVAL") && isOfADevice(program, at);
      case "pwrite", "ftruncate" -> simulated.text().equals("EFBIG");
      default -> false;
    };
  }

  /** Whether a step is about a device, opened by its node or by its group. */
  private static boolean isOfADevice(Program program, int at) {
    Operand on = program.steps().get(at).arguments().get("on");
    for (Step step : program.steps().subList(0, at).reversed()) {
      if (on.equals(step.target())) {
        Operand opened = step.arguments().get("path");
        return step.call().equals(ContainerCalls.GET_DEVICE_FD)
            || (opened != null && opened.text().equals("cdev"));
      }
    }
    return false;
  }

  /** BARs cannot be mapped: VFIO_REGION_INFO_FLAG_MMAP (4) is not set. */
  private static boolean lacksMapping(Answer real, Answer simulated) {
    return real.text().replace("+4=7", "+4=3").equals(simulated.text());
  }
}
