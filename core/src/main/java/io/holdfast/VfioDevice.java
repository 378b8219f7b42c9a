package io.holdfast;

import static io.holdfast.uapi.VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX;

import io.holdfast.engine.LiveDevice;
import io.holdfast.engine.SessionEngine;
import io.holdfast.model.PciAddress;
import io.holdfast.model.PciIdentity;
import io.holdfast.session.ResetFunction;
import java.util.List;
import java.util.OptionalInt;

/**
 * A PCI device given to userspace through VFIO, bound to a session and attached to one of its
 * IOASes. Without an IOMMU it uses physical addresses, behind one IOVAs: {@link
 * DmaBuffer#dmaAddress} is right for both.
 *
 * <p>It cannot touch memory until {@link #enableBusMastering}. Region indexes are those of {@code
 * include/uapi/linux/vfio.h} ({@code VFIO_PCI_*_REGION_INDEX}: BARs 0 to 5, 6 the ROM, 7 the
 * configuration space). Thread-safe.
 */
public final class VfioDevice implements AutoCloseable {
  private final SessionEngine engine;
  private final LiveDevice device;

  VfioDevice(SessionEngine engine, LiveDevice device) {
    this.engine = engine;
    this.device = device;
  }

  /** Where it sits. */
  public PciAddress address() {
    return device.address();
  }

  /** What it is. */
  public PciIdentity identity() {
    return device.state().identity();
  }

  /**
   * Whether an IOMMU translates what it addresses. Its buffers have no physical addresses then, and
   * all devices of its IOAS are behind an IOMMU, too.
   */
  public boolean isBehindIommu() {
    return device.state().behindIommu();
  }

  /** The IOAS it is attached to. */
  public Ioas ioas() {
    return new Ioas(engine, engine.ioasOf(device));
  }

  /**
   * Attaches it to another IOAS of the session, without a reset. A restore attaches it there, too.
   *
   * <p>When it was the only device of the IOAS it leaves, the buffers there are not pinned any
   * more, and have no physical addresses until a device is attached again. When it is the first of
   * the other, its buffers are pinned anew: they may lie elsewhere than before, and their addresses
   * have to be asked for again.
   *
   * @throws io.holdfast.session.SessionException if it is a bus master and the only device of an
   *     IOAS with buffers, which it could write still; if it is behind an IOMMU and the other's
   *     devices are not, or the other way round; or if the session is preserved
   */
  public void moveTo(Ioas target) {
    engine.move(device, target.live());
  }

  /**
   * The NUMA node whose memory is nearest to it, for {@link
   * io.holdfast.session.MapOptions#onNumaNode}; empty where the kernel or the firmware knows none.
   */
  public OptionalInt numaNode() {
    return engine.numaNode(device);
  }

  /**
   * Whether it is attached by a page table (HWPT) of its own, not by the one that the devices of
   * its IOAS share.
   */
  public boolean hasOwnPageTable() {
    return device.state().ownPageTable();
  }

  /**
   * Has a page table (HWPT) made of its IOAS's mappings for this device alone, and attaches it by
   * that in place of the one that the kernel makes for all devices of the IOAS; IOVAs and pages are
   * the same, nothing is reset, and accesses that run go on. It follows the device to another IOAS
   * ({@link #moveTo}), goes with it, and a restore makes one again.
   *
   * <p>For devices whose IOMMUs could not share a table, and so that what one does with its table
   * concerns no other. Mirrors {@code IOMMU_HWPT_ALLOC} without flags. A nesting parent and dirty
   * tracking are not offered: the one has no use without a virtual machine, and a driver that has
   * stopped its device has nothing to track.
   *
   * @throws io.holdfast.session.SessionException if it is without an IOMMU, which has no page
   *     tables; or if the session is preserved
   * @throws io.holdfast.model.KernelException if the kernel refuses; it stays attached as it was
   */
  public void useOwnPageTable() {
    engine.usePageTable(device, true);
  }

  /**
   * Attaches it by the page table that the devices of its IOAS share, as binding does, and gives up
   * that of its own.
   *
   * @throws io.holdfast.session.SessionException if the session is preserved
   * @throws io.holdfast.model.KernelException if the kernel refuses; {@link #hasOwnPageTable} says
   *     how it is attached now
   */
  public void useSharedPageTable() {
    engine.usePageTable(device, false);
  }

  /** Its configuration space. */
  public DeviceRegion config() {
    return region(VFIO_PCI_CONFIG_REGION_INDEX);
  }

  /**
   * One of its regions, 0 to 8; a BAR the device has not got has size 0. Asked for again, it is the
   * same one, and no system call is made.
   */
  public DeviceRegion region(int index) {
    return new DeviceRegion(device.region(index));
  }

  /**
   * Lets the device read and write memory. Whatever physical addresses it still holds from before
   * become dangerous now.
   */
  public void enableBusMastering() {
    device.setBusMaster(true);
  }

  /** Stops the device from reading and writing memory. */
  public void disableBusMastering() {
    device.setBusMaster(false);
  }

  /** Whether the device may read and write memory. */
  public boolean isBusMaster() {
    return device.isBusMaster();
  }

  /** Whether the device can be reset on its own. */
  public boolean canReset() {
    return device.cdev().canReset();
  }

  /** Resets the device; its rings and registers must be programmed again. */
  public void reset() {
    device.cdev().reset();
  }

  /**
   * The functions that {@link #hotReset} resets, this device among them, and who has each.
   *
   * @throws io.holdfast.model.KernelException if there is no such reset (ENODEV)
   */
  public List<ResetFunction> hotResetFunctions() {
    return engine.resetFunctions(device);
  }

  /**
   * Resets the device with its whole slot or bus: for one that cannot be reset on its own, or stays
   * stuck. All functions there are reset at once, so that every one must be bound to this session;
   * rings and registers of each must be programmed again.
   *
   * @throws io.holdfast.model.DeviceUnavailableException if a function is not the session's; says
   *     which, and who has it
   */
  public void hotReset() {
    engine.hotReset(device);
  }

  /** How many interrupts of a kind the device has. */
  public int interruptCount(InterruptKind kind) {
    return device.cdev().irqCount(kind.index());
  }

  /**
   * Switches on the first interrupts of a kind, as {@link #enableInterrupts(InterruptKind, int,
   * int)}.
   */
  public InterruptVectors enableInterrupts(InterruptKind kind, int count) {
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
  public InterruptVectors enableInterrupts(InterruptKind kind, int first, int count) {
    return new InterruptVectors(kind, device.enableInterrupts(kind.index(), first, count));
  }

  /**
   * Gives the device back. When it was the last of its IOAS, the buffers there are not pinned any
   * more.
   */
  @Override
  public void close() {
    engine.unbind(device);
  }
}
