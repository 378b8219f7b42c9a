package io.holdfast.sim.differential;

import java.util.List;

/**
 * What the device remembers from one program to the next: registers, and the configuration space
 * behind its header. Put back before a program that looks at it.
 */
final class DeviceState {
  static final Program RESET =
      Program.parse(
          """
          f0 = open path="/dev/iommu" flags=2
          f1 = open path="cdev" flags=2
          VFIO_DEVICE_BIND_IOMMUFD on=f1 iommufd=f0
          pwrite on=f1 offset=4 bytes=4
          pwrite on=f1 offset=0x20 bytes=4
          pwrite on=f1 offset=0x64 bytes=4 value=-1
          pwrite on=f1 offset=0x70000000050 bytes=8
          pwrite on=f1 offset=0x700000000fc bytes=4
          """);

  private DeviceState() {}

  /** Whether a program could see that it is not as at first. */
  static boolean mattersTo(Program program) {
    List<String> calls = program.steps().stream().map(Step::call).toList();
    boolean opens =
        calls.contains("VFIO_DEVICE_BIND_IOMMUFD") || calls.contains(ContainerCalls.GET_DEVICE_FD);
    return opens && calls.contains("pread");
  }
}
