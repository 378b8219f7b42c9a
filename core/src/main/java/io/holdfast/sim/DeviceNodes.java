package io.holdfast.sim;

import io.holdfast.sys.Errno;

/**
 * /dev: null, iommu, liveupdate where the command line turned it on, VFIO's container, and the VFIO
 * nodes of bound devices.
 */
final class DeviceNodes {
  private final SimulatedKernel kernel;
  private final Boot boot;

  DeviceNodes(SimulatedKernel kernel, Boot boot) {
    this.kernel = kernel;
    this.boot = boot;
  }

  void addTo(Namespace files) {
    files.add("/dev/null", new Node.Device(DeviceNumbers.NULL, (process, flags) -> new NullFile()));
    files.add(
        "/dev/iommu",
        new Node.Device(DeviceNumbers.IOMMU, (process, flags) -> new IommufdFile(kernel)));
    if (boot.machine().hasLiveUpdate()) {
      files.add(
          "/dev/liveupdate",
          new Node.Device(DeviceNumbers.LIVEUPDATE, (process, flags) -> openLiveUpdate(process)));
    }
    files.add(
        "/dev/vfio/vfio",
        new Node.Device(DeviceNumbers.VFIO, (process, flags) -> new VfioContainerFile()));
    if (boot.machine().vfioCdevs()) {
      files.addDirectory("/dev/vfio/devices");
    }
    for (PciFunction function : boot.functions()) {
      if (function.vfioIndex() >= 0 && boot.machine().vfioCdevs()) {
        files.add(
            "/dev/vfio/devices/" + function.vfioName(),
            new Node.Device(
                DeviceNumbers.device(function), (process, flags) -> openDevice(process, function)));
      }
      if (function.vfioIndex() >= 0) {
        files.add(
            "/dev/vfio/" + function.groupName(),
            new Node.Device(
                DeviceNumbers.group(function), (process, flags) -> openGroup(process, function)));
      }
    }
  }

  /** The node is root's, 0600; the others are given to drivers by rules of udev. */
  private OpenFile openLiveUpdate(SimulatedProcess process) {
    Credentials caller = process.credentials();
    if (caller.uid() != 0 && !caller.has(Credentials.CAP_DAC_OVERRIDE)) {
      throw Failure.of(Errno.EACCES);
    }
    return new LiveupdateFile(boot.liveUpdate());
  }

  private static OpenFile openDevice(SimulatedProcess process, PciFunction function) {
    requireRawio(process, function);
    return new VfioCdevFile(function);
  }

  private static OpenFile openGroup(SimulatedProcess process, PciFunction function) {
    requireRawio(process, function);
    if (function.boundBy() != null || function.groupOpeners() > 0) {
      throw Failure.of(Errno.EBUSY);
    }
    return new VfioGroupFile(function);
  }

  private static void requireRawio(SimulatedProcess process, PciFunction function) {
    if (!function.isBehindIommu() && !process.credentials().has(Credentials.CAP_SYS_RAWIO)) {
      throw Failure.of(Errno.EPERM);
    }
  }
}
