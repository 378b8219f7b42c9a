package io.holdfast.sim.differential;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is asked after a program: whether everything is as it was before it.
 *
 * <p>The step {@code end} closes all that a program has open, as the death of its process does, and
 * tells what is left. Then the device is bound, a page is pinned with a limit of one page, and the
 * session names that the program used are used again.
 */
final class Remains {
  static final String END = "end";

  private static final String CREATE = "LIVEUPDATE_IOCTL_CREATE_SESSION";

  private static final List<Step> DEVICE_AND_MEMORY =
      Program.parse(
              """
              end
              f0 = open path="/dev/iommu" flags=2
              f1 = open path="cdev" flags=2
              o0 = IOMMU_IOAS_ALLOC on=f0
              VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0
              VFIO_DEVICE_ATTACH_IOMMUFD_PT on=f1 pt_id=o0
              f2 = memfd_create name="m" flags=0x12
              ftruncate on=f2 length=0x1000
              IOMMU_IOAS_MAP_FILE on=f0 flags=7 ioas_id=o0 fd=f2 length=0x1000 memlock=0x1000
              f3 = open path="/dev/liveupdate" flags=2
              """)
          .steps();

  /** Asks a kernel that nobody has used yet. */
  static final Program OF_NOTHING = after(new Program(List.of()));

  private Remains() {}

  /** The program with what is asked after it. */
  static Program after(Program program) {
    List<Step> steps = new ArrayList<>(program.steps());
    steps.addAll(DEVICE_AND_MEMORY);
    Set<String> names = new LinkedHashSet<>();
    for (Step step : program.steps()) {
      String name = step.call().equals(CREATE) ? step.arguments().get("name").text() : "";
      if (!name.isEmpty() && name.length() < 64) {
        names.add(name);
      }
    }
    names.add("remains");
    for (String name : names) {
      steps.add(
          Step.to(Operand.slot('f', 4, 0), CREATE, "on", Operand.slot('f', 3, 0), "name", name));
    }
    steps.add(Step.of(END));
    return new Program(steps);
  }

  /**
   * Whether a kernel is good for another program: since the program's end nothing was refused that
   * is not refused at first.
   */
  static boolean isUsable(Program program, List<Answer> answers) {
    boolean ended = false;
    for (int at = 0; at < program.steps().size(); at++) {
      ended |= program.steps().get(at).call().equals(END);
      if (ended && !answers.get(at).isOk()) {
        return false;
      }
    }
    return true;
  }
}
