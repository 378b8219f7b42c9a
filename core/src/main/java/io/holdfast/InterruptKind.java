package io.holdfast;

import static io.holdfast.uapi.VfioUapi.VFIO_PCI_ERR_IRQ_INDEX;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_INTX_IRQ_INDEX;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_MSI_IRQ_INDEX;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_REQ_IRQ_INDEX;

/**
 * A kind of interrupts ({@code VFIO_PCI_*_IRQ_INDEX} of {@code include/uapi/linux/vfio.h}). Of
 * {@link #INTX}, {@link #MSI} and {@link #MSIX} a device uses one at a time.
 */
public enum InterruptKind {
  /**
   * The device's interrupt line. Each interrupt masks it until {@link Interrupt#unmask}, before
   * which the driver has to quieten the device. A line that is raised when it is switched on is not
   * told until the device has lowered it.
   */
  INTX(VFIO_PCI_INTX_IRQ_INDEX),

  /**
   * Message-signalled interrupts, up to 32 vectors. A message is a write to memory, which the
   * device can make while it is a bus master only.
   */
  MSI(VFIO_PCI_MSI_IRQ_INDEX),

  /** As {@link #MSI}, up to 2,048 vectors. */
  MSIX(VFIO_PCI_MSIX_IRQ_INDEX),

  /** The device has reported an error that it will not recover from by itself. */
  ERROR(VFIO_PCI_ERR_IRQ_INDEX),

  /** The kernel wants the device back, for instance to unplug it. */
  REQUEST(VFIO_PCI_REQ_IRQ_INDEX);

  private final int index;

  InterruptKind(int index) {
    this.index = index;
  }

  int index() {
    return index;
  }
}
