package io.holdfast.doctor;

import io.holdfast.linux.Descriptor;
import io.holdfast.linux.Iommufd;
import io.holdfast.linux.KernelCommandLine;
import io.holdfast.linux.KernelConfig;
import io.holdfast.linux.PciSysfs;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;

/** What Holdfast needs of the kernel: its version, its devices, its command line, its settings. */
final class KernelChecks {
  private static final String NOIOMMU_PARAMETER =
      "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode";

  private final Syscalls kernel;

  KernelChecks(Syscalls kernel) {
    this.kernel = kernel;
  }

  List<HostCheck> all() {
    int liveupdate = Descriptor.tryOpen(kernel, "/dev/liveupdate");
    boolean liveupdateThere = liveupdate != -Errno.ENOENT;
    return List.of(
        kernelVersion(),
        config(),
        iommufd(),
        physicalAddresses(),
        liveupdate(liveupdate),
        switchedOn("kho", "Kexec HandOver carries memory over", liveupdateThere),
        switchedOn("liveupdate", "the Live Update Orchestrator keeps it", liveupdateThere),
        noiommuMode(),
        noIommu(),
        memfdNoexec(),
        kexecImage());
  }

  private HostCheck kernelVersion() {
    String name = "kernel-version";
    return SmallFiles.readable(kernel, "/proc/sys/kernel/osrelease")
        .map(release -> KernelRelease.check(name, release))
        .orElseGet(() ->
            HostCheck.notOk(name, "cannot be read from /proc/sys/kernel/osrelease", "mount /proc"));
  }

  private HostCheck config() {
    String name = "kernel-config";
    return KernelConfig.running(kernel)
        .map(config -> KernelOptions.check(name, config))
        .orElseGet(() ->
            HostCheck.warning(
                name,
                "the kernel's options are neither in /proc/config.gz nor in /boot",
                "nothing, if the other checks pass"));
  }

  private HostCheck iommufd() {
    return deviceNode(
        "dev-iommu",
        "/dev/iommu",
        Descriptor.tryOpen(kernel, "/dev/iommu"),
        "use a kernel with CONFIG_IOMMUFD, or load the module: modprobe iommufd");
  }

  private HostCheck deviceNode(String name, String path, int answer, String remedy) {
    if (answer == 0) {
      return HostCheck.ok(name, path + " opens");
    }
    return switch (-answer) {
      case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
          HostCheck.notOk(name, "there is no " + path, remedy);
      case Errno.EACCES, Errno.EPERM ->
          HostCheck.notOk(
              name, path + " may not be opened (" + Errno.name(-answer) + ")", "run as root");
      default ->
          HostCheck.notOk(name, "opening " + path + " is answered " + Errno.name(-answer), remedy);
    };
  }

  /**
   * Asks for a physical address of an IOAS that cannot exist: a kernel that knows the request says
   * ENOENT.
   */
  private HostCheck physicalAddresses() {
    String name = "noiommu-get-pa";
    String remedy =
        "use a kernel of 7.3 or later with CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV and noiommu"
            + " in it";
    int answer;
    try (Iommufd iommufd = Iommufd.open(kernel)) {
      answer = iommufd.probePhysicalAddresses();
    } catch (KernelException e) {
      return HostCheck.notOk(name, "cannot be tried without /dev/iommu", remedy);
    }
    return switch (-answer) {
      case Errno.ENOENT ->
          HostCheck.ok(name, "the kernel tells physical addresses (IOMMU_IOAS_NOIOMMU_GET_PA)");
      case Errno.EPERM ->
          HostCheck.notOk(
              name, "IOMMU_IOAS_NOIOMMU_GET_PA is answered EPERM", "run with CAP_SYS_RAWIO");
      default ->
          HostCheck.notOk(
              name, "IOMMU_IOAS_NOIOMMU_GET_PA is answered " + Errno.name(-answer), remedy);
    };
  }

  private HostCheck liveupdate(int answer) {
    String name = "dev-liveupdate";
    return switch (-answer) {
      case Errno.EBUSY ->
          HostCheck.warning(
              name,
              "/dev/liveupdate is there, and another process has it open",
              "it has one opener at a time; if this does not pass, find who keeps it open: fuser"
                  + " /dev/liveupdate");
      case Errno.EIO ->
          HostCheck.notOk(
              name,
              "opening /dev/liveupdate is answered EIO: the kernel could not read what the one"
                  + " before it handed over",
              "what was preserved is lost; boot again, with kernels on both sides whose live update"
                  + " versions match");
      default ->
          deviceNode(
              name,
              "/dev/liveupdate",
              answer,
              "use a kernel with CONFIG_LIVEUPDATE and boot it with kho=on liveupdate=on");
    };
  }

  private HostCheck switchedOn(String key, String purpose, boolean liveupdateThere) {
    String name = key + "-on";
    Optional<String> value = KernelCommandLine.value(kernel, key);
    if (value.filter(KernelCommandLine::isTrue).isPresent()) {
      return HostCheck.ok(name, key + "=" + value.get() + " is on the kernel's command line");
    }
    String remedy = "boot with " + key + "=on, this kernel and the next: " + purpose;
    if (value.isPresent()) {
      return HostCheck.notOk(
          name, key + "=" + value.get() + " on the kernel's command line turns it off", remedy);
    }
    return liveupdateThere
        ? HostCheck.warning(
            name,
            key + "=on is not on the kernel's command line; this kernel has it on by default",
            "make sure that the next kernel has it on too: add " + key + "=on to its command line")
        : HostCheck.notOk(name, key + "=on is not on the kernel's command line", remedy);
  }

  private HostCheck noiommuMode() {
    String name = "noiommu-mode";
    String remedy =
        "boot with vfio.enable_unsafe_noiommu_mode=1, or, before vfio-pci binds the device: echo Y"
            + " > "
            + NOIOMMU_PARAMETER;
    Optional<String> value = SmallFiles.readable(kernel, NOIOMMU_PARAMETER);
    if (value.isEmpty()) {
      return HostCheck.notOk(
          name,
          "there is no " + NOIOMMU_PARAMETER,
          "use a kernel with CONFIG_VFIO_NOIOMMU, or load the module: modprobe vfio");
    }
    return KernelCommandLine.isTrue(value.get())
        ? HostCheck.ok(name, "vfio takes devices without an IOMMU")
        : HostCheck.notOk(name, "vfio.enable_unsafe_noiommu_mode is " + value.get(), remedy);
  }

  private HostCheck noIommu() {
    String name = "no-iommu";
    List<String> units = SmallFiles.listable(kernel, "/sys/class/iommu").orElse(List.of());
    String groups = "/sys/kernel/iommu_groups";
    long real =
        SmallFiles.listable(kernel, groups).orElse(List.of()).stream()
            .filter(group -> !PciSysfs.isNoiommuGroup(kernel, groups + "/" + group))
            .count();
    if (units.isEmpty() && real == 0) {
      return HostCheck.ok(name, "no IOMMU is active");
    }
    String found =
        "an IOMMU is active ("
            + (units.isEmpty() ? real + " groups" : String.join(", ", units))
            + ")";
    String remedy = "boot with intel_iommu=off amd_iommu=off iommu=off";
    long free =
        SmallFiles.listable(kernel, "/sys/bus/pci/devices").orElse(List.of()).stream()
            .filter(device -> !PciSysfs.isBehindIommu(kernel, "/sys/bus/pci/devices/" + device))
            .count();
    return free == 0
        ? HostCheck.warning(
            name,
            found + " and every PCI device is behind it: none has buffers with physical addresses",
            "nothing, if your drivers use IOVAs; or " + remedy)
        : HostCheck.warning(
            name,
            found
                + "; "
                + free
                + " PCI "
                + (free == 1 ? "device is" : "devices are")
                + " not behind it",
            "ask for your device with --device, or " + remedy);
  }

  private HostCheck memfdNoexec() {
    String name = "memfd-noexec";
    Optional<String> value = SmallFiles.readable(kernel, "/proc/sys/vm/memfd_noexec");
    String remedy = "sysctl vm.memfd_noexec=0";
    return switch (value.orElse("0")) {
      case "0" -> HostCheck.ok(name, "vm.memfd_noexec is 0: memfds come back writable");
      case "1" ->
          HostCheck.warning(
              name,
              "vm.memfd_noexec is 1: a memfd that is created without MFD_EXEC comes back"
                  + " unwritable",
              remedy + ", or create every memfd you bring along with MFD_EXEC");
      default ->
          HostCheck.notOk(
              name,
              "vm.memfd_noexec is "
                  + value.get()
                  + ": memfds that come back writable cannot be created",
              remedy);
    };
  }

  private HostCheck kexecImage() {
    String name = "kexec-image";
    Optional<String> loaded =
        SmallFiles.readable(kernel, "/sys/kernel/kexec_loaded")
            .or(() -> SmallFiles.readable(kernel, "/sys/kernel/kexec/loaded"));
    if (loaded.isEmpty()) {
      return HostCheck.notOk(
          name, "this kernel has no kexec", "use a kernel with CONFIG_KEXEC_FILE");
    }
    return loaded.get().equals("1")
        ? HostCheck.ok(
            name,
            "an image is loaded; whether by kexec -s cannot be seen, and only that carries memory"
                + " over")
        : HostCheck.warning(
            name,
            "no image is loaded yet",
            "before the kexec: kexec -s -l KERNEL --initrd=INITRD --reuse-cmdline");
  }
}
