package io.holdfast.sim.differential;

/**
 * Where the simulation answers otherwise on purpose; the reasons are in the package comment of
 * {@code io.holdfast.sim}. As narrow as can be: what is not named here has to be alike.
 */
final class OnPurpose {
  /** There are no legacy containers. */
  private static final String CONTAINER = "/dev/vfio/vfio";

  private OnPurpose() {}

  static boolean explains(Program program, int at, Answer real, Answer simulated) {
    Step step = program.steps().get(at);
    return switch (step.call()) {
      case "VFIO_DEVICE_GET_REGION_INFO" -> lacksMapping(real, simulated);
      case "VFIO_DEVICE_ATTACH_IOMMUFD_PT" ->
          step.arguments().containsKey("flags") && simulated.text().equals("EOPNOTSUPP");
      case "mmap" -> simulated.text().equals("EINVAL") && isOpenOf(program, at, "cdev");
      case "open" ->
          simulated.text().equals("ENOENT")
              && step.arguments().get("path").text().equals(CONTAINER);
      case "close" -> simulated.text().equals("EBADF") && isOpenOf(program, at, CONTAINER);
      case "pwrite", "ftruncate" -> simulated.text().equals("EFBIG");
      default -> false;
    };
  }

  /** Whether a step is about what was opened at a path. */
  private static boolean isOpenOf(Program program, int at, String path) {
    Operand on = program.steps().get(at).arguments().get("on");
    for (Step step : program.steps().subList(0, at).reversed()) {
      if (on.equals(step.target())) {
        Operand opened = step.arguments().get("path");
        return opened != null && opened.text().equals(path);
      }
    }
    return false;
  }

  /** BARs cannot be mapped: VFIO_REGION_INFO_FLAG_MMAP (4) is not set. */
  private static boolean lacksMapping(Answer real, Answer simulated) {
    return real.text().replace("+4=7", "+4=3").equals(simulated.text());
  }
}
