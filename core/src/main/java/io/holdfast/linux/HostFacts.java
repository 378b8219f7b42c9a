package io.holdfast.linux;

import io.holdfast.model.DeviceState;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.sys.Syscalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What a host is and has at one moment: its identity, its boot, its capabilities, and the devices
 * asked about.
 *
 * @param identity which machine and kernel
 * @param bootId this boot, from {@code /proc/sys/kernel/random/boot_id}
 * @param hasRawio whether this process has CAP_SYS_RAWIO in its effective set
 * @param hasIommufd whether {@code /dev/iommu} exists
 * @param hasLiveUpdate whether {@code /dev/liveupdate} exists
 * @param devices what was found at each address asked about
 */
public record HostFacts(
    HostIdentity identity,
    UUID bootId,
    boolean hasRawio,
    boolean hasIommufd,
    boolean hasLiveUpdate,
    Map<PciAddress, DeviceFacts> devices) {
  private static final int AT_PAGESZ = 6;
  private static final int AUXV_MAX_BYTES = 4096;
  private static final int USUAL_PAGE_SIZE_BYTES = 4096;

  /**
   * What sits at a PCI address, if anything.
   *
   * @param identity what it is
   * @param driver its driver
   * @param vfioEntry its VFIO entry
   * @param trustingFunction the physical function that it is a virtual one of, where that is with
   *     vfio-pci, which then wants the same VF token of both
   */
  public record DeviceFacts(
      Optional<PciIdentity> identity,
      Optional<String> driver,
      Optional<String> vfioEntry,
      Optional<PciAddress> trustingFunction) {
    /** Nothing is there. */
    static final DeviceFacts NONE =
        new DeviceFacts(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Asks a host about itself and about what sits where these devices were; changes nothing. */
  public static HostFacts gather(Syscalls syscalls, Collection<DeviceState> recorded) {
    PciSysfs pci = new PciSysfs(syscalls);
    Map<PciAddress, DeviceFacts> devices = new LinkedHashMap<>();
    for (DeviceState device : recorded) {
      PciAddress address = device.address();
      devices.put(
          address,
          pci.exists(address)
              ? new DeviceFacts(
                  Optional.of(pci.identity(address)),
                  pci.driver(address),
                  pci.vfioEntry(address),
                  pci.physicalFunction(address).filter(pci::isWithVfio))
              : DeviceFacts.NONE);
    }
    return new HostFacts(
        identity(syscalls),
        bootId(syscalls),
        Capabilities.require(syscalls, Capabilities.CAP_SYS_RAWIO),
        SmallFiles.list(syscalls, "/dev").contains("iommu"),
        SmallFiles.list(syscalls, "/dev").contains("liveupdate"),
        devices);
  }

  /** Which machine and kernel this is. */
  public static HostIdentity identity(Syscalls syscalls) {
    String machineId =
        SmallFiles.read(syscalls, "/etc/machine-id")
            .filter(text -> !text.isEmpty())
            .or(() -> SmallFiles.read(syscalls, "/sys/class/dmi/id/product_uuid"))
            .orElse("unidentified");
    return new HostIdentity(
        machineId,
        SmallFiles.require(syscalls, "/proc/sys/kernel/osrelease"),
        System.getProperty("os.arch"),
        pageSizeBytes(syscalls));
  }

  /** The page size, from the auxiliary vector the kernel gives every program. */
  public static int pageSizeBytes(Syscalls syscalls) {
    byte[] bytes = new byte[AUXV_MAX_BYTES];
    String path = "/proc/self/auxv";
    int length = KernelErrors.check(syscalls.readFile(path, bytes), "read", path);
    ByteBuffer auxv = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.nativeOrder());
    while (auxv.remaining() >= 16) {
      long type = auxv.getLong();
      long value = auxv.getLong();
      if (type == AT_PAGESZ) {
        return Math.toIntExact(value);
      }
    }
    return USUAL_PAGE_SIZE_BYTES;
  }

  /** The id of this boot. */
  public static UUID bootId(Syscalls syscalls) {
    return UUID.fromString(SmallFiles.require(syscalls, "/proc/sys/kernel/random/boot_id"));
  }
}
