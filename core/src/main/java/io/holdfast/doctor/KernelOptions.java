package io.holdfast.doctor;

import io.holdfast.linux.KernelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The options a kernel has to be built with, as the Kconfig files of Linux 7.3 have them ({@code
 * kernel/liveupdate}, {@code drivers/iommu/iommufd}, {@code drivers/vfio}).
 */
final class KernelOptions {
  /** Each has to be {@code y}, or for a tristate {@code y} or {@code m}. */
  private static final List<String> NEEDED =
      List.of(
          "CONFIG_KEXEC_FILE",
          "CONFIG_KEXEC_HANDOVER",
          "CONFIG_LIVEUPDATE",
          "CONFIG_SHMEM",
          "CONFIG_MEMFD_CREATE",
          "CONFIG_LIVEUPDATE_MEMFD",
          "CONFIG_IOMMUFD",
          "CONFIG_VFIO",
          "CONFIG_VFIO_PCI",
          "CONFIG_VFIO_DEVICE_CDEV",
          "CONFIG_VFIO_NOIOMMU");

  private KernelOptions() {}

  static List<String> needed() {
    return NEEDED.stream().map(symbol -> symbol + "=y").toList();
  }

  /** What to merge into a kernel's configuration, line by line; nothing if it has all. */
  static List<String> missing(KernelConfig config) {
    List<String> lines = new ArrayList<>();
    for (String symbol : NEEDED) {
      if (!config.has(symbol)) {
        lines.add(symbol + "=y");
      }
    }
    // VFIO_NOIOMMU is not to be had with groups and without a container.
    if (config.has("CONFIG_VFIO_GROUP")
        && !config.has("CONFIG_VFIO_CONTAINER")
        && !config.has("CONFIG_IOMMUFD_VFIO_CONTAINER")) {
      lines.add("CONFIG_VFIO_CONTAINER=y");
    }
    return lines;
  }

  /** Whether no option makes up for a kernel whose architecture lacks a 64-bit compare and swap. */
  static boolean cannotTranslate(KernelConfig config) {
    return config.has("CONFIG_GENERIC_ATOMIC64");
  }

  static HostCheck check(String name, KernelConfig config) {
    if (cannotTranslate(config)) {
      return HostCheck.notOk(
          name,
          "the kernel is built with CONFIG_GENERIC_ATOMIC64, which rules IOMMUFD_NOIOMMU out ("
              + config.source()
              + ")",
          "use a 64-bit kernel");
    }
    List<String> missing = missing(config);
    return missing.isEmpty()
        ? HostCheck.ok(name, "the kernel has every option that is needed (" + config.source() + ")")
        : HostCheck.notOk(
            name,
            "the kernel lacks "
                + String.join(" ", missing.stream().map(KernelOptions::symbol).toList())
                + " ("
                + config.source()
                + ")",
            "build one with them: holdfast doctor --kernel-config prints the fragment for"
                + " scripts/kconfig/merge_config.sh");
  }

  private static String symbol(String line) {
    return line.substring("CONFIG_".length(), line.indexOf('='));
  }
}
