package io.holdfast.doctor;

import io.holdfast.linux.KernelCommandLine;
import io.holdfast.linux.KernelImage;
import io.holdfast.linux.KhoDebugfs;
import io.holdfast.linux.SmallFiles;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/** Whether the kernel to come can take over what this one hands over. */
final class NextKernelChecks {
  private static final String NOIOMMU = "vfio.enable_unsafe_noiommu_mode";
  private static final String ALWAYS_ON = "CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT";

  private final Syscalls kernel;
  private final String path;
  private final String commandLine;

  NextKernelChecks(Syscalls kernel, String path, String commandLine) {
    this.kernel = kernel;
    this.path = path;
    this.commandLine = commandLine;
  }

  List<HostCheck> all() {
    Optional<KernelImage> found = KernelImage.read(kernel, path);
    if (found.isEmpty()) {
      return List.of(
          HostCheck.notOk(
              "next-kernel",
              path + " cannot be read, or is no kernel image",
              "name the image to start: --kernel /boot/vmlinuz-RELEASE"));
    }
    KernelImage image = found.get();
    List<HostCheck> checks = new ArrayList<>();
    checks.add(HostCheck.ok("next-kernel", path));
    checks.add(
        image
            .release()
            .map(release -> KernelRelease.check("next-kernel-version", release))
            .orElseGet(() ->
                HostCheck.warning(
                    "next-kernel-version",
                    path + " does not tell its release",
                    "make sure that it is Linux 7.3 or later")));
    checks.add(options(image));
    checks.add(handover(image));
    checks.add(handoverOn(image));
    checks.add(switchedOn("liveupdate"));
    checks.add(noiommuMode());
    iommuOff().ifPresent(checks::add);
    return checks;
  }

  private HostCheck options(KernelImage image) {
    return image
        .config()
        .map(config -> KernelOptions.check("next-kernel-config", config))
        .orElseGet(() ->
            HostCheck.warning(
                "next-kernel-config",
                "the options of "
                    + path
                    + image
                        .unreadable()
                        .map(by ->
                            " cannot be read from it, since it is compressed by " + by + ", nor")
                        .orElse(" are neither in it (CONFIG_IKCONFIG) nor")
                    + " in config-RELEASE beside it",
                "put the file config-RELEASE of its build beside it; make sure that it has what"
                    + " holdfast doctor --kernel-config prints"));
  }

  /** A kernel drops what was handed over in a format of another version. */
  private HostCheck handover(KernelImage next) {
    String name = "next-kernel-handover";
    NavigableSet<String> here = running(next);
    NavigableSet<String> there = next.handover();
    if (there.isEmpty() && next.unreadable().isPresent()) {
      return HostCheck.warning(
          name,
          "the versions of KHO and LUO cannot be read from %s, since it is compressed by %s"
              .formatted(path, next.unreadable().get()),
          "build it with CONFIG_KERNEL_GZIP, which can be looked into, or try this pair of kernels"
              + " where nothing can be lost");
    }
    if (here.isEmpty() || there.isEmpty()) {
      return HostCheck.warning(
          name,
          "the versions of KHO and LUO cannot be read from "
              + (there.isEmpty() ? path : "the running kernel"),
          "try this pair of kernels where nothing can be lost");
    }
    NavigableSet<String> differing = new TreeSet<>(here);
    differing.removeAll(there);
    return differing.isEmpty()
        ? HostCheck.ok(name, "takes over " + String.join(", ", here))
        : HostCheck.notOk(
            name,
            "this kernel hands over "
                + String.join(", ", here)
                + ", and "
                + path
                + " takes over "
                + String.join(", ", there),
            "use a kernel with the same versions; until then what is preserved would be lost");
  }

  /** What the running kernel hands over, by debugfs and its own image; empty if neither tells. */
  private NavigableSet<String> running(KernelImage next) {
    NavigableSet<String> told = ofRunningImage(next);
    KhoDebugfs.orchestrator(kernel).ifPresent(told::add);
    return told;
  }

  private NavigableSet<String> ofRunningImage(KernelImage next) {
    return SmallFiles.readable(kernel, "/proc/sys/kernel/osrelease")
        .flatMap(release ->
            path.endsWith("-" + release)
                ? Optional.of(next) // The running kernel once more.
                : KernelImage.read(kernel, "/boot/vmlinuz-" + release))
        .map(image -> new TreeSet<>(image.handover()))
        .orElseGet(TreeSet::new);
  }

  private HostCheck handoverOn(KernelImage image) {
    boolean byDefault = image.config().filter(config -> config.has(ALWAYS_ON)).isPresent();
    return byDefault && KernelCommandLine.valueIn(commandLine, "kho").isEmpty()
        ? HostCheck.ok("next-kho-on", "the next kernel has kho on by default")
        : switchedOn("kho");
  }

  private HostCheck switchedOn(String key) {
    String name = "next-" + key + "-on";
    Optional<String> value = KernelCommandLine.valueIn(commandLine, key);
    return value.filter(KernelCommandLine::isTrue).isPresent()
        ? HostCheck.ok(name, key + "=" + value.get() + " is on the next kernel's command line")
        : HostCheck.notOk(
            name,
            value.isPresent()
                ? key + "=" + value.get() + " on the next kernel's command line turns it off"
                : key + "=on is not on the next kernel's command line",
            "add " + key + "=on");
  }

  private HostCheck noiommuMode() {
    String name = "next-noiommu-mode";
    return KernelCommandLine.valueIn(commandLine, NOIOMMU)
            .filter(KernelCommandLine::isTrue)
            .isPresent()
        ? HostCheck.ok(name, NOIOMMU + " is on the next kernel's command line")
        : HostCheck.warning(
            name,
            NOIOMMU + "=1 is not on the next kernel's command line",
            "add it, or set it in /etc/modprobe.d before vfio-pci binds a device");
  }

  /** What keeps the IOMMU off here has to keep it off there. */
  private Optional<HostCheck> iommuOff() {
    List<String> lacking =
        List.of("iommu", "intel_iommu", "amd_iommu").stream()
            .filter(key -> KernelCommandLine.value(kernel, key).equals(Optional.of("off")))
            .filter(key -> !KernelCommandLine.valueIn(commandLine, key).equals(Optional.of("off")))
            .map(key -> key + "=off")
            .toList();
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            HostCheck.notOk(
                "next-no-iommu",
                "this kernel was booted with "
                    + String.join(" ", lacking)
                    + ", which is not on the next one's command line",
                "add it: a device that was without an IOMMU is not restored behind one"));
  }
}
