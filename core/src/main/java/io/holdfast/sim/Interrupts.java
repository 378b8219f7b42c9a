package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

/**
 * The eventfds a driver has set for its device's interrupts, by index (INTx, MSI, MSI-X, error,
 * request) and vector. Of the first three at most one is in use at a time.
 *
 * <p>An interrupt keeps an eventfd's counter, not the open file: to close the last descriptor
 * releases that.
 */
final class Interrupts {
  static final int INDICES = 5;
  static final int NONE = -1;

  private final EventFile[][] triggers = new EventFile[INDICES][];
  private int inUse = NONE;
  private EventFile unmask;

  /** INTx: each interrupt masks it, until the driver unmasks it. */
  private boolean masked;

  /**
   * INTx: the line was raised when it was put to use. Neither that nor what raises it once more is
   * told, until the device has lowered it.
   */
  private boolean missed;

  /** {@code msixVectors} is how many MSI-X interrupts there are; of the others there is one. */
  Interrupts(int msixVectors) {
    for (int index = 0; index < INDICES; index++) {
      triggers[index] = new EventFile[index == VFIO_PCI_MSIX_IRQ_INDEX ? msixVectors : 1];
    }
  }

  /** INTx, MSI or MSI-X, or {@link #NONE}. */
  int inUse() {
    return inUse;
  }

  /**
   * Puts INTx, MSI or MSI-X to use, with or without an eventfd.
   *
   * @param interrupting whether the device interrupts already
   */
  void use(int index, boolean interrupting) {
    inUse = index;
    masked = false;
    missed = interrupting;
  }

  /** The device does not interrupt now. */
  void lowered() {
    missed = false;
  }

  private boolean isIntx() {
    return inUse == VFIO_PCI_INTX_IRQ_INDEX;
  }

  /** INTx is held back from now on. */
  void mask() {
    masked = true;
  }

  /** INTx is not held back any more; if the device still interrupts, that is told at once. */
  void unmask(boolean interrupting) {
    if (isIntx() && masked) {
      masked = interrupting;
      if (interrupting) {
        trigger(VFIO_PCI_INTX_IRQ_INDEX, 0);
      }
    }
  }

  /** No interrupt is in use any more. */
  void disuse() {
    if (inUse != NONE) {
      for (int vector = 0; vector < triggers[inUse].length; vector++) {
        set(inUse, vector, null);
      }
      setUnmask(null);
      inUse = NONE;
    }
  }

  void set(int index, int vector, EventFile trigger) {
    triggers[index][vector] = trigger;
  }

  boolean isSet(int index) {
    return triggers[index][0] != null;
  }

  /** The eventfd that unmasks INTx. */
  void setUnmask(EventFile file) {
    unmask = file;
  }

  boolean hasUnmask() {
    return unmask != null;
  }

  void clear() {
    disuse();
    set(VFIO_PCI_ERR_IRQ_INDEX, 0, null);
    set(VFIO_PCI_REQ_IRQ_INDEX, 0, null);
  }

  /**
   * The device interrupts: by the line, or by the only message there is or this one of MSI-X.
   *
   * @param busMaster whether it may write memory: a message is a write
   */
  void raise(int vector, boolean busMaster) {
    if (isIntx() ? !masked && !missed : inUse != NONE && busMaster) {
      masked = isIntx();
      trigger(inUse, inUse == VFIO_PCI_MSIX_IRQ_INDEX ? vector : 0);
    }
  }

  /** Signals an interrupt's eventfd, if it has one. */
  void trigger(int index, int vector) {
    EventFile[] all = triggers[index];
    if (vector < all.length && all[vector] != null) {
      all[vector].signal();
    }
  }
}
