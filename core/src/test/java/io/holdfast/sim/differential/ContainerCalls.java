package io.holdfast.sim.differential;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The requests of legacy groups whose argument points to no struct. */
final class ContainerCalls {
  static final String SET_CONTAINER = "VFIO_GROUP_SET_CONTAINER";
  static final String GET_DEVICE_FD = "VFIO_GROUP_GET_DEVICE_FD";

  private final Syscalls kernel;
  private final Slots slots;
  private final String device;

  ContainerCalls(Syscalls kernel, Slots slots, String device) {
    this.kernel = kernel;
    this.slots = slots;
    this.device = device;
  }

  static boolean knows(String call) {
    return call.equals(SET_CONTAINER) || call.equals(GET_DEVICE_FD);
  }

  Answer run(Step step) {
    int on = (int) slots.get(step.arguments().get("on"));
    try (Arena arena = Arena.ofConfined()) {
      if (step.call().equals(SET_CONTAINER)) {
        int container = (int) slots.get(step.arguments().get("container"));
        MemorySegment argument = arena.allocateFrom(ValueLayout.JAVA_INT, container);
        int answer = kernel.ioctl(on, VfioUapi.VFIO_GROUP_SET_CONTAINER, argument);
        return Answer.of(StructCalls.errnoOr(answer));
      }
      // What begins with "device" is about the test's.
      String name = step.arguments().get("name").text().replaceFirst("^device", device);
      int answer = kernel.ioctl(on, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, arena.allocateFrom(name));
      if (answer >= 0) {
        slots.put(step.target(), answer);
      }
      return Answer.of(StructCalls.errnoOr(Math.min(0, answer)));
    }
  }
}
