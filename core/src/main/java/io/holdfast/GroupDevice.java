package io.holdfast;

import io.holdfast.engine.GroupAccess;
import io.holdfast.engine.HostProcess;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * A PCI device without an IOMMU that is opened by its legacy VFIO group, {@code
 * /dev/vfio/noiommu-N}, on a kernel that has no character device for it. It works as a device;
 * memory for it there is none.
 *
 * <p><b>What it lacks.</b> There is no session and no IOAS: nothing can be pinned, so that no
 * memory has a physical address that stays; nothing is recorded, and nothing is preserved over a
 * kexec or over the end of the process. A driver that has the device do DMA all the same has to
 * find addresses by other means, and to answer for them: {@link UnpinnedAddresses} says what they
 * are worth. Nothing in Holdfast opens a device this way unless it is asked to; {@link
 * LiveSession#bind} fails where there is no character device.
 *
 * <p>Needs CAP_SYS_RAWIO, a kernel with CONFIG_VFIO_GROUP, CONFIG_VFIO_NOIOMMU and
 * CONFIG_VFIO_CONTAINER (or CONFIG_IOMMUFD_VFIO_CONTAINER), and noiommu mode. Opening resets a
 * device that can be reset, and leaves bus mastering off. While it is open nobody else can bind the
 * device, and while a session has the device it cannot be opened so. Mirrors {@code
 * VFIO_GROUP_GET_DEVICE_FD} of {@code include/uapi/linux/vfio.h}. Thread-safe.
 */
public final class GroupDevice extends PciDevice {
  private final GroupAccess device;

  private GroupDevice(GroupAccess device) {
    super(device.access());
    this.device = device;
  }

  /**
   * Opens a device; one without a driver is given to vfio-pci first.
   *
   * @throws io.holdfast.model.DeviceUnavailableException if it is absent, has another driver, is
   *     behind an IOMMU, where it would reach nothing but what is mapped for it, or has no such
   *     group
   * @throws io.holdfast.model.KernelException if the kernel refuses: EPERM without CAP_SYS_RAWIO,
   *     EBUSY where somebody has the device already
   */
  public static GroupDevice open(Host host, PciAddress address) {
    return open(host, address, Optional.empty());
  }

  /**
   * Opens a virtual function whose physical one vfio-pci has, or such a physical one.
   *
   * @param vfToken the secret that the physical function's driver has set, or sets by this
   * @throws io.holdfast.model.DeviceUnavailableException as {@link #open(Host, PciAddress)}
   * @throws io.holdfast.model.KernelException also if the token is another (EACCES), or the device
   *     takes none (EINVAL)
   */
  public static GroupDevice open(Host host, PciAddress address, UUID vfToken) {
    return open(host, address, Optional.of(vfToken));
  }

  private static GroupDevice open(Host host, PciAddress address, Optional<UUID> vfToken) {
    return new GroupDevice(GroupAccess.open(HostProcess.of(host), address, vfToken));
  }

  @Override
  public PciAddress address() {
    return device.address();
  }

  @Override
  public PciIdentity identity() {
    return device.identity();
  }

  /** False: a device behind an IOMMU is not opened. */
  @Override
  public boolean isBehindIommu() {
    return false;
  }

  @Override
  public OptionalInt numaNode() {
    return device.numaNode();
  }

  /**
   * Takes bus mastering from the device, switches its interrupts off, unmaps its regions and closes
   * it. Where one of these fails the others are done all the same, and closing again unmaps what
   * could not be unmapped.
   *
   * @throws io.holdfast.model.MemoryInUseException if a native call of another thread uses a region
   */
  @Override
  public void close() {
    device.close();
  }
}
