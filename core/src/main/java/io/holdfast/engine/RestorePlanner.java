package io.holdfast.engine;

import io.holdfast.linux.HostFacts;
import io.holdfast.linux.HostFacts.DeviceFacts;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.DeviceState;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan;
import io.holdfast.session.RestorePlan.Problem;
import io.holdfast.session.RestorePlan.Severity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Plans the restore of a sealed session on a host: a pure function of the manifest and of facts
 * about the host. Opens and changes nothing.
 */
public final class RestorePlanner {

  private final SessionState state;
  private final HostFacts facts;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<PciAddress> skipped = new HashSet<>();
  private final Predicate<PciAddress> hasToken;

  private RestorePlanner(SessionState state, HostFacts facts, Predicate<PciAddress> hasToken) {
    this.state = state;
    this.facts = facts;
    this.hasToken = hasToken;
  }

  /**
   * The plan for restoring a sealed session on a host.
   *
   * @param hasToken for which devices whoever restores it has a VF token
   */
  public static RestorePlan plan(
      SessionState state, HostFacts facts, Predicate<PciAddress> hasToken) {
    return new RestorePlanner(state, facts, hasToken).plan();
  }

  private RestorePlan plan() {
    checkHost();
    state.devices().forEach(this::checkDevice);
    checkAttachment();
    return new RestorePlan(PlannedSteps.of(state, facts, skipped), problems, skipped);
  }

  private void checkHost() {
    HostIdentity then = state.host();
    HostIdentity now = facts.identity();
    if (!then.machineId().equals(now.machineId())) {
      fatal(
          "the session is from another host: machine id "
              + then.machineId()
              + ", this one is "
              + now.machineId(),
          "restore it on the host it was recorded on");
    }
    if (!then.architecture().equals(now.architecture())
        || then.pageSizeBytes() != now.pageSizeBytes()) {
      fatal(
          "the session is from a kernel for %s with pages of %d bytes, this one is for %s with pages of %d bytes"
              .formatted(
                  then.architecture(),
                  then.pageSizeBytes(),
                  now.architecture(),
                  now.pageSizeBytes()),
          "boot a kernel built alike");
    }
    if (state.bootChain().contains(facts.bootId())) {
      fatal(
          "the session was sealed in this very boot ("
              + facts.bootId()
              + "); there was no kexec since",
          "load the next kernel with kexec -s -l and start it with kexec -e");
    }
    if (!facts.hasRawio() && !state.devices().stream().allMatch(DeviceState::behindIommu)) {
      fatal(
          "this process has no CAP_SYS_RAWIO, which noiommu devices need",
          "run as root or give the service AmbientCapabilities=CAP_SYS_RAWIO");
    }
    if (!facts.hasIommufd()) {
      fatal("there is no /dev/iommu", "boot a kernel with CONFIG_IOMMUFD, Linux 7.3 or later");
    }
    if (!facts.hasLiveUpdate()) {
      fatal(
          "there is no /dev/liveupdate",
          "boot with kho=on liveupdate=on on the kernel command line");
    }
  }

  private void checkDevice(DeviceState device) {
    PciAddress address = device.address();
    DeviceFacts found = facts.devices().get(address);
    if (found == null || found.identity().isEmpty()) {
      deviceProblem(
          device,
          "device " + address + " (" + device.identity() + ") is not there",
          "bring it back at this address (echo 1 > /sys/bus/pci/rescan), or restart the driver"
              + " afresh");
      return;
    }
    if (!found.identity().get().equals(device.identity())) {
      deviceProblem(
          device,
          "another device sits at "
              + address
              + ": it was "
              + device.identity()
              + " and is "
              + found.identity().get(),
          "put the device back where it was");
      return;
    }
    Optional<String> driver = found.driver();
    if (driver.isPresent() && !driver.get().equals(PciSysfs.VFIO_PCI)) {
      deviceProblem(
          device,
          "device " + address + " is driven by " + driver.get() + ", not by vfio-pci",
          "unbind it (echo " + address + " > /sys/bus/pci/devices/" + address + "/driver/unbind)");
      return;
    }
    if (driver.isPresent() && found.vfioEntry().isEmpty()) {
      deviceProblem(
          device,
          "device " + address + " has no VFIO character device",
          "set vfio.enable_unsafe_noiommu_mode=1 before vfio-pci binds it");
    } else if (found.vfioEntry().isPresent()
        && PciSysfs.isNoiommu(found.vfioEntry().get()) == device.behindIommu()) {
      deviceProblem(
          device,
          PciSysfs.otherKind(address, found.vfioEntry().get(), device.behindIommu()),
          PciSysfs.remedyForOtherKind(device.behindIommu()));
    } else if (found.trustingFunction().isPresent() && !hasToken.test(address)) {
      deviceProblem(
          device,
          "device %s is a virtual function of %s, which is with vfio-pci, too, and no VF token is given for it"
              .formatted(address, found.trustingFunction().get()),
          "give the token that its physical function was opened with: SessionOptions.withVfToken,"
              + " holdfast restore --vf-tokens FILE");
    }
  }

  /** An IOAS nobody is attached to pins nothing, so what it maps cannot be brought back. */
  private void checkAttachment() {
    Set<String> attached = new HashSet<>();
    for (DeviceState device : state.devices()) {
      if (!skipped.contains(device.address())) {
        attached.add(device.ioas());
      }
    }
    for (IoasState ioas : state.ioases()) {
      if (attached.contains(ioas.name())) {
        continue;
      }
      for (MappingState mapping : ioas.mappings()) {
        boolean required = mapping.policy() == Policy.REQUIRED;
        problems.add(
            new Problem(
                required ? Severity.FATAL : Severity.SKIPPED,
                "buffer \""
                    + mapping.name()
                    + "\" cannot be pinned: no device is left to attach to IOAS \""
                    + ioas.name()
                    + "\"",
                "bring back a device of this IOAS"));
      }
    }
  }

  private void deviceProblem(DeviceState device, String what, String remedy) {
    if (device.policy() == Policy.OPTIONAL) {
      skipped.add(device.address());
      problems.add(new Problem(Severity.SKIPPED, what, remedy));
    } else {
      fatal(what, remedy);
    }
  }

  private void fatal(String what, String remedy) {
    problems.add(new Problem(Severity.FATAL, what, remedy));
  }
}
