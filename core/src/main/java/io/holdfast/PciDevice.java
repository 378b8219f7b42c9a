package io.holdfast;

import static io.holdfast.uapi.VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX;

import io.holdfast.engine.DeviceAccess;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import java.util.OptionalInt;

/**
 * A PCI device given to userspace: its registers, its interrupts, its reset, and whether it may
 * reach memory. What a driver needs that takes its DMA addresses from somebody else.
 *
 * <p>A {@link VfioDevice} belongs to a session, which has memory for it. A {@link GroupDevice} is
 * opened by itself, on a kernel that has nothing better.
 *
 * <p>It cannot touch memory until {@link #enableBusMastering}. Region indexes are those of {@code
 * include/uapi/linux/vfio.h} ({@code VFIO_PCI_*_REGION_INDEX}: BARs 0 to 5, 6 the ROM, 7 the
 * configuration space). Thread-safe. What the kernel refuses is a {@link
 * io.holdfast.model.KernelException}.
 */
public abstract sealed class PciDevice implements AutoCloseable permits VfioDevice, GroupDevice {
  private final DeviceAccess access;

  PciDevice(DeviceAccess access) {
    this.access = access;
  }

  /** Where it sits. */
  public abstract PciAddress address();

  /** What it is. */
  public abstract PciIdentity identity();

  /**
   * Whether an IOMMU translates what it addresses. Its buffers have no physical addresses then, and
   * all devices of its IOAS are behind an IOMMU, too.
   */
  public abstract boolean isBehindIommu();

  /**
   * The NUMA node whose memory is nearest to it, for {@link
   * io.holdfast.session.MapOptions#onNumaNode}; empty where the kernel or the firmware knows none.
   */
  public abstract OptionalInt numaNode();

  /** Its configuration space. */
  public final DeviceRegion config() {
    return region(VFIO_PCI_CONFIG_REGION_INDEX);
  }

  /**
   * One of its regions, 0 to 8; a BAR the device has not got has size 0. Asked for again, it is the
   * same one, and no system call is made.
   */
  public final DeviceRegion region(int index) {
    return new DeviceRegion(access.region(index));
  }

  /**
   * Lets the device read and write memory. Whatever physical addresses it still holds from before
   * become dangerous now.
   */
  public final void enableBusMastering() {
    access.setBusMaster(true);
  }

  /** Stops the device from reading and writing memory. */
  public final void disableBusMastering() {
    access.setBusMaster(false);
  }

  /** Whether the device may read and write memory. */
  public final boolean isBusMaster() {
    return access.isBusMaster();
  }

  /** Whether the device can be reset on its own. */
  public final boolean canReset() {
    return access.canReset();
  }

  /** Resets the device; its rings and registers must be programmed again. */
  public final void reset() {
    access.reset();
  }

  /** How many interrupts of a kind the device has. */
  public final int interruptCount(InterruptKind kind) {
    return access.interruptCount(kind.index());
  }

  /**
   * Switches on the first interrupts of a kind, as {@link #enableInterrupts(InterruptKind, int,
   * int)}.
   */
  public final InterruptVectors enableInterrupts(InterruptKind kind, int count) {
    return enableInterrupts(kind, 0, count);
  }

  /**
   * Switches on some interrupts of a kind, each with a counter of its own. They are switched off
   * with the device at the latest; a process that takes over or resumes a session switches them on
   * anew, since what was signalled to another process is lost.
   *
   * @param first the number of the first of them
   * @param count how many, at least 1; one eventfd each
   * @throws IllegalArgumentException if the device has not got them
   * @throws IllegalStateException if some of this kind are on already
   * @throws io.holdfast.model.KernelException if the kernel refuses, for instance EINVAL where
   *     another of INTx, MSI and MSI-X is on
   */
  public final InterruptVectors enableInterrupts(InterruptKind kind, int first, int count) {
    return new InterruptVectors(kind, access.enableInterrupts(kind.index(), first, count));
  }

  /** Stops the device and gives it back; its regions and interrupts cannot be used any more. */
  @Override
  public abstract void close();
}
