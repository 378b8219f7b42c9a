package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

/**
 * The eventfds a driver has set for its device's interrupts, by index (INTx, MSI, MSI-X, error,
 * request).
 */
final class Interrupts {
  static final int INDICES = 5;

  private final EventFile[] triggers = new EventFile[INDICES];

  void set(int index, EventFile trigger) {
    if (trigger != null) {
      trigger.hold();
    }
    if (triggers[index] != null) {
      triggers[index].put();
    }
    triggers[index] = trigger;
  }

  boolean isSet(int index) {
    return triggers[index] != null;
  }

  /** INTx, MSI and MSI-X exclude each other. */
  boolean excludes(int index) {
    for (int other = VFIO_PCI_INTX_IRQ_INDEX; other <= VFIO_PCI_MSIX_IRQ_INDEX; other++) {
      if (index <= VFIO_PCI_MSIX_IRQ_INDEX && other != index && triggers[other] != null) {
        return true;
      }
    }
    return false;
  }

  void clear() {
    for (int index = 0; index < INDICES; index++) {
      set(index, null);
    }
  }

  /** Signals by MSI where it is set, else by INTx. */
  void raise() {
    EventFile msi = triggers[VFIO_PCI_MSI_IRQ_INDEX];
    EventFile trigger = msi == null ? triggers[VFIO_PCI_INTX_IRQ_INDEX] : msi;
    if (trigger != null) {
      trigger.signal();
    }
  }

  /** A driver asks for the interrupt itself, to test it. */
  void trigger(int index) {
    if (triggers[index] != null) {
      triggers[index].signal();
    }
  }
}
