package io.holdfast.vm;

import java.util.List;

/** Runs one scenario's part in the guest's JVM; the jobs of {@code tests/vm/guest} say which. */
public final class GuestMain {
  private GuestMain() {}

  /**
   * Takes the scenario's name; tests are reported on the guest's result line, a scenario that
   * cannot go on exits 1.
   */
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "rehearsal" -> Rehearsal.run();
      case "journey" -> Journey.run();
      case "handover" -> HandedOver.run();
      case "refusals-before" -> Refusals.before();
      case "refusals-after" -> Refusals.after();
      case "without-rawio-before" -> Refusals.withoutRawio(false);
      case "without-rawio-after" -> Refusals.withoutRawio(true);
      case "given-to-holder" -> GivenToHolder.run();
      case "resume" -> Resumption.run(arguments[1]);
      case "takeover" -> Takeover.run(List.of(arguments).subList(1, arguments.length));
      case "closing" -> ClosedDevice.run();
      case "device" -> DeviceAccess.run();
      case "many" -> ManySessions.run(arguments[1], Integer.parseInt(arguments[2]));
      case "memory-before" -> ContiguousMemory.before();
      case "memory-after" -> ContiguousMemory.after();
      case "pressure-before" -> PinUnderPressure.before();
      case "pressure-after" -> PinUnderPressure.after();
      case "service" -> ServiceDriver.ofSystemd().run();
      case "early" -> ServiceDriver.ofHolder().run();
      case "fleet" -> FleetDriver.run();
      case "iommu-before" -> IommuPresent.before();
      case "iommu-after" -> IommuPresent.after();
      case "both" -> BothKinds.run();
      default -> throw new IllegalArgumentException("no scenario " + arguments[0]);
    }
  }
}
