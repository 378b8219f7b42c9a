package io.holdfast.sim;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** /proc, /etc and what else is not a device. */
final class ProcFiles {
  private static final long AT_PAGESZ = 6;

  /** What a kernel that answers as this one does is built with. */
  private static final String OPTIONS =
      """
      CONFIG_SHMEM=y
      CONFIG_MEMFD_CREATE=y
      CONFIG_KEXEC_FILE=y
      CONFIG_KEXEC_HANDOVER=y
      CONFIG_LIVEUPDATE=y
      CONFIG_LIVEUPDATE_MEMFD=y
      CONFIG_IOMMUFD=y
      CONFIG_VFIO=y
      CONFIG_VFIO_PCI=y
      CONFIG_VFIO_GROUP=y
      CONFIG_VFIO_CONTAINER=y
      CONFIG_VFIO_NOIOMMU=y
      """;

  private final Boot boot;

  ProcFiles(Boot boot) {
    this.boot = boot;
  }

  void addTo(Namespace files) {
    SimulatedMachine machine = boot.machine();
    files.addText("/etc/machine-id", () -> machine.machineId() + "\n");
    files.addText("/proc/cmdline", () -> machine.commandLine() + "\n");
    files.addText("/proc/sys/kernel/osrelease", () -> machine.kernelRelease() + "\n");
    files.addText("/proc/sys/kernel/random/boot_id", () -> boot.file().bootId() + "\n");
    files.addText("/proc/sys/vm/memfd_noexec", () -> machine.memfdNoexec() + "\n");
    files.addText(
        "/proc/sys/fs/file-nr",
        () -> "%d\t0\t%d\n".formatted(boot.openFiles().files(), Long.MAX_VALUE));
    files.addText("/proc/meminfo", this::meminfo);
    if (machine.numaNodes() > 1) {
      String directory = "/sys/devices/system/node";
      files.addText(directory + "/has_memory", () -> "0-%d\n".formatted(machine.numaNodes() - 1));
      for (int node = 0; node < machine.numaNodes(); node++) {
        files.addDirectory(directory + "/node" + node);
      }
    }
    files.addProcessText("/proc/self/status", ProcFiles::status);
    files.addProcessText("/proc/self/limits", ProcFiles::limits);
    files.addText("/proc/self/cgroup", () -> "0::/\n");
    files.addProcessText(
        "/sys/fs/cgroup/memory.max",
        process -> {
          long most = process.credentials().memoryCgroupMaxBytes();
          return (most == Long.MAX_VALUE ? "max" : Long.toString(most)) + "\n";
        });
    files.add(
        "/proc/self/pagemap", new Node.ProcessFile(PagemapFile.PERMISSIONS, PagemapFile::new));
    files.add("/proc/self/auxv", new Node.Text(any -> auxv(), null));
    files.addText(
        "/sys/kernel/kexec_loaded",
        () -> boot.file().nextCommandLine().isPresent() ? "1\n" : "0\n");
    files.addText(
        "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
        () -> boot.file().noiommuMode() ? "Y\n" : "N\n",
        text -> boot.setNoiommuMode(SimulatedMachine.isTrue(text.strip())));
    files.addDirectory("/sys/kernel/iommu_groups");
    files.addDirectory("/sys/class/iommu");
    if (machine.iommuPresent()) {
      files.addDirectory("/sys/class/iommu/dmar0");
    }
    String image = "/boot/vmlinuz-" + machine.kernelRelease();
    files.add(image, new Node.Text(any -> KexecCalls.image(machine.kernelRelease()), null));
    files.addText("/boot/config-" + machine.kernelRelease(), this::options);
    files.addText("/boot/initrd.img-" + machine.kernelRelease(), () -> "an initial RAM disk");
    files.addDirectory("/run");
    files.addDirectory("/tmp");
  }

  private String options() {
    return OPTIONS + (boot.machine().vfioCdevs() ? "CONFIG_VFIO_DEVICE_CDEV=y\n" : "");
  }

  private String meminfo() {
    return "MemTotal:       %8d kB\nMemFree:        %8d kB\n"
        .formatted(boot.machine().memoryBytes() >> 10, boot.memory().freeFrames() * 4L);
  }

  private static String status(SimulatedProcess process) {
    // Each restore reads it, and a format's first use loads the locale's digits.
    String pinned = Long.toString(process.pinnedPages() << 2);
    String capabilities = HexFormat.of().toHexDigits(process.credentials().capabilities());
    return "Name:\tjava\nPid:\t"
        + process.getpid()
        + "\nVmPin:\t"
        + " ".repeat(Math.max(0, 8 - pinned.length()))
        + pinned
        + " kB\nCapPrm:\t"
        + capabilities
        + "\nCapEff:\t"
        + capabilities
        + "\nCapBnd:\t"
        + capabilities
        + "\n";
  }

  private static String limits(SimulatedProcess process) {
    String row = "%-25s %-20s %-20s %-10s\n";
    Credentials credentials = process.credentials();
    return row.formatted("Limit", "Soft Limit", "Hard Limit", "Units")
        + row.formatted(
            "Max open files", credentials.openFilesLimit(), credentials.openFilesLimit(), "files")
        + row.formatted(
            "Max locked memory",
            credentials.memoryLockLimitBytes(),
            credentials.memoryLockLimitBytes(),
            "bytes");
  }

  /** The auxiliary vector: the page size and the end. */
  private static byte[] auxv() {
    return ByteBuffer.allocate(4 * Long.BYTES)
        .order(ByteOrder.nativeOrder())
        .putLong(AT_PAGESZ)
        .putLong(PhysicalMemory.PAGE_BYTES)
        .array();
  }
}
