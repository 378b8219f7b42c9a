package io.holdfast.linux;

import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What sysfs tells of a PCI function: whether it is there, what it is, its driver, its VFIO device
 * node.
 *
 * <p>Reads {@code /sys/bus/pci/devices/BDF}. Keeps no state; thread-safe.
 */
public final class PciSysfs {
  /** The driver that gives a device to userspace. */
  public static final String VFIO_PCI = "vfio-pci";

  private static final String NOIOMMU_PREFIX = "noiommu-";
  private static final int CONFIG_BYTES = 4096;
  private static final int CAPABILITY_ID_DSN = 3;

  // PCI_COMMAND and PCI_COMMAND_MASTER of linux/pci_regs.h.
  private static final int COMMAND = 4;
  private static final int COMMAND_MASTER = 4;

  private final Syscalls syscalls;

  public PciSysfs(Syscalls syscalls) {
    this.syscalls = syscalls;
  }

  /** Whether the function exists. */
  public boolean exists(PciAddress address) {
    try (Arena arena = Arena.ofConfined()) {
      int answer =
          syscalls.statx(
              0, directory(address), 0, STATX_BASIC_STATS, arena.allocate(statx.LAYOUT.size(), 8));
      if (answer == -Errno.ENOENT) {
        return false;
      }
      KernelErrors.check(answer, "statx", directory(address));
      return true;
    }
  }

  /** What the function is. */
  public PciIdentity identity(PciAddress address) {
    return new PciIdentity(
        number(address, "vendor"),
        number(address, "device"),
        number(address, "subsystem_vendor"),
        number(address, "subsystem_device"),
        number(address, "class"),
        number(address, "revision"),
        serial(address));
  }

  /** The NUMA node whose memory is nearest to it; empty where the kernel knows none. */
  public OptionalInt numaNode(PciAddress address) {
    return SmallFiles.readable(syscalls, directory(address) + "/numa_node")
        .filter(text -> text.matches("[0-9]{1,4}")) // -1: unknown
        .map(text -> OptionalInt.of(Integer.parseInt(text)))
        .orElseGet(OptionalInt::empty);
  }

  /** The driver bound to it, such as {@code vfio-pci}. */
  public Optional<String> driver(PciAddress address) {
    return SmallFiles.linkName(syscalls, directory(address) + "/driver");
  }

  /** Whether vfio-pci is its driver. */
  boolean isWithVfio(PciAddress address) {
    return driver(address).equals(Optional.of(VFIO_PCI));
  }

  /** The physical function (PF) that it is a virtual one (VF) of, if it is one. */
  public Optional<PciAddress> physicalFunction(PciAddress address) {
    return SmallFiles.linkName(syscalls, directory(address) + "/physfn").map(PciAddress::parse);
  }

  /**
   * The name of its VFIO character device: {@code noiommu-vfio0}, or {@code vfio0} behind an IOMMU.
   * Empty where it has none.
   */
  public Optional<String> vfioEntry(PciAddress address) {
    return SmallFiles.list(syscalls, directory(address) + "/vfio-dev").stream()
        .filter(
            entry -> SmallFiles.read(syscalls, deviceNumber(directory(address), entry)).isPresent())
        .findFirst();
  }

  /**
   * The file that an entry in a device's sysfs directory, under {@code vfio-dev}, has where it
   * stands for a character device. A kernel without them, or without those for devices without an
   * IOMMU, has the entry alone.
   */
  public static String deviceNumber(String deviceDirectory, String entry) {
    return deviceDirectory + "/vfio-dev/" + entry + "/dev";
  }

  /** Whether a VFIO entry is one without an IOMMU. */
  public static boolean isNoiommu(String vfioEntry) {
    return vfioEntry.startsWith(NOIOMMU_PREFIX);
  }

  /**
   * A function's VFIO character device.
   *
   * @param path such as {@code /dev/vfio/devices/noiommu-vfio0}
   * @param behindIommu whether an IOMMU translates what the function addresses
   */
  public record Node(String path, boolean behindIommu) {}

  /**
   * The path of the function's VFIO character device, if the function is behind an IOMMU or not as
   * it was before.
   *
   * @throws DeviceUnavailableException as {@link #node(PciAddress)}, or if it is of the other kind
   */
  public String node(PciAddress address, boolean behindIommu) {
    Node node = node(address);
    if (node.behindIommu() != behindIommu) {
      throw new DeviceUnavailableException(
          otherKind(address, node.path(), behindIommu), remedyForOtherKind(behindIommu));
    }
    return node.path();
  }

  /** What to say of a device that was behind an IOMMU and is not, or the other way round. */
  public static String otherKind(PciAddress address, String node, boolean wasBehindIommu) {
    return "device %s is %s behind an IOMMU (its node is %s)"
        .formatted(address, wasBehindIommu ? "no longer" : "now", node);
  }

  /** What to do about it. */
  public static String remedyForOtherKind(boolean wasBehindIommu) {
    return wasBehindIommu
        ? "boot with the IOMMU on (intel_iommu=on or amd_iommu=on), as before"
        : "boot with the IOMMU off (intel_iommu=off, amd_iommu=off), as before";
  }

  /**
   * The function's VFIO character device.
   *
   * @throws DeviceUnavailableException if the function is absent, has another driver, or has no
   *     such node
   */
  public Node node(PciAddress address) {
    requireVfioPci(address);
    String entry =
        vfioEntry(address)
            .orElseThrow(() ->
                new DeviceUnavailableException(
                    "device " + address + " has no VFIO character device",
                    remedyWithoutNode(address)));
    return new Node("/dev/vfio/devices/" + entry, !isNoiommu(entry));
  }

  /**
   * Refuses a function that vfio-pci does not have.
   *
   * @throws DeviceUnavailableException if it is absent, or has another driver
   */
  public void requireVfioPci(PciAddress address) {
    if (!exists(address)) {
      throw new DeviceUnavailableException(
          "there is no PCI device at " + address, "compare with: ls /sys/bus/pci/devices");
    }
    Optional<String> driver = driver(address);
    if (!driver.equals(Optional.of(VFIO_PCI))) {
      throw new DeviceUnavailableException(
          "device "
              + address
              + " is driven by "
              + driver.map(name -> "\"" + name + "\"").orElse("nothing")
              + ", not by vfio-pci",
          "bind it: echo vfio-pci > "
              + directory(address)
              + "/driver_override; echo "
              + address
              + " > /sys/bus/pci/drivers_probe");
    }
  }

  private String remedyWithoutNode(PciAddress address) {
    return noiommuGroup(address)
        .map(group ->
            "use a kernel that has one (Linux 7.3 with CONFIG_VFIO_DEVICE_CDEV and"
                + " CONFIG_VFIO_NOIOMMU); this one has the legacy group "
                + group
                + " alone, by which io.holdfast.GroupDevice reaches the device's registers and"
                + " interrupts, but no memory is pinned for it, none has a physical address that"
                + " stays, and nothing is preserved")
        .orElse(
            "set vfio.enable_unsafe_noiommu_mode=1 before vfio-pci binds it"
                + " (CONFIG_VFIO_DEVICE_CDEV, CONFIG_VFIO_NOIOMMU)");
  }

  /**
   * The node of the legacy group that vfio has made up for a function without an IOMMU, such as
   * {@code /dev/vfio/noiommu-0}; empty where it has made none.
   */
  public Optional<String> noiommuGroup(PciAddress address) {
    String group = directory(address) + "/iommu_group";
    return isNoiommuGroup(syscalls, group)
        ? SmallFiles.readableLinkName(syscalls, group).map(number -> "/dev/vfio/noiommu-" + number)
        : Optional.empty();
  }

  /** Whether an IOMMU stands between a function and the memory. */
  public boolean isBehindIommu(PciAddress address) {
    return isBehindIommu(syscalls, directory(address));
  }

  /** Whether an IOMMU group's directory is one that vfio makes up for a device without an IOMMU. */
  public static boolean isNoiommuGroup(Syscalls syscalls, String groupDirectory) {
    return SmallFiles.readable(syscalls, groupDirectory + "/name")
        .filter("vfio-noiommu"::equals)
        .isPresent();
  }

  /** Whether an IOMMU stands between a device, given by its sysfs directory, and the memory. */
  public static boolean isBehindIommu(Syscalls syscalls, String deviceDirectory) {
    String group = deviceDirectory + "/iommu_group";
    return SmallFiles.readableLinkName(syscalls, group).isPresent()
        && !isNoiommuGroup(syscalls, group);
  }

  /** Binds a function that has no driver to vfio-pci; one that has a driver is left alone. */
  public void bindIfUnbound(PciAddress address) {
    if (exists(address) && driver(address).isEmpty()) {
      SmallFiles.write(syscalls, directory(address) + "/driver_override", VFIO_PCI);
      SmallFiles.write(syscalls, "/sys/bus/pci/drivers_probe", address.toString());
    }
  }

  /** Whether the function may start DMA; false if that cannot be read. */
  public static boolean isBusMaster(Syscalls syscalls, PciAddress address) {
    byte[] config = new byte[COMMAND + 1];
    int length = syscalls.readFile(directory(address) + "/config", config);
    return length == config.length && (config[COMMAND] & COMMAND_MASTER) != 0;
  }

  private int number(PciAddress address, String file) {
    String path = directory(address) + "/" + file;
    String text = SmallFiles.require(syscalls, path);
    try {
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw new DeviceUnavailableException(path + " holds \"" + text + "\", not a number", "", e);
    }
  }

  /**
   * The device serial number, from PCI Express extended capability 3; walks at most the 4 KiB of
   * extended space.
   */
  private Optional<String> serial(PciAddress address) {
    byte[] bytes = new byte[CONFIG_BYTES];
    String path = directory(address) + "/config";
    int length = KernelErrors.check(syscalls.readFile(path, bytes), "read", path);
    if (length < CONFIG_BYTES) {
      return Optional.empty();
    }
    ByteBuffer config = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int hops = 0;
    for (int offset = 0x100;
        offset >= 0x100 && offset <= CONFIG_BYTES - 12 && hops < CONFIG_BYTES / 8;
        hops++) {
      int header = config.getInt(offset);
      if ((header & 0xffff) == CAPABILITY_ID_DSN) {
        return Optional.of(
            "%08x%08x".formatted(config.getInt(offset + 8), config.getInt(offset + 4)));
      }
      offset = header >>> 20 & ~3;
    }
    return Optional.empty();
  }

  private static String directory(PciAddress address) {
    return "/sys/bus/pci/devices/" + address;
  }
}
