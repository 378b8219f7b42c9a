package io.holdfast;

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
 * <p>It cannot touch memory until {@link #enableBusMastering}. Thread-safe.
 */
public final class VfioDevice extends PciDevice {
  private final SessionEngine engine;
  private final LiveDevice device;

  VfioDevice(SessionEngine engine, LiveDevice device) {
    super(device.access());
    this.engine = engine;
    this.device = device;
  }

  @Override
  public PciAddress address() {
    return device.address();
  }

  @Override
  public PciIdentity identity() {
    return device.state().identity();
  }

  @Override
  public boolean isBehindIommu() {
    return device.state().behindIommu();
  }

  @Override
  public OptionalInt numaNode() {
    return engine.numaNode(device);
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

  /**
   * Gives the device back. When it was the last of its IOAS, the buffers there are not pinned any
   * more.
   */
  @Override
  public void close() {
    engine.unbind(device);
  }
}
