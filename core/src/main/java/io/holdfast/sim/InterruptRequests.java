package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_irq_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Requests about a device's interrupts ({@code drivers/vfio/pci/vfio_pci_intrs.c}). */
final class InterruptRequests {
  private final PciFunction function;
  private final Interrupts interrupts;

  InterruptRequests(PciFunction function) {
    this.function = function;
    this.interrupts = function.interrupts();
  }

  void info(MemorySegment argument) {
    UserMemory.vfio(argument, 16);
    int index = vfio_irq_info.index.get(argument);
    int more =
        switch (index) {
          case VFIO_PCI_INTX_IRQ_INDEX -> VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
          case VFIO_PCI_MSIX_IRQ_INDEX -> count(index) > 0 ? 0 : VFIO_IRQ_INFO_NORESIZE;
          case VFIO_PCI_MSI_IRQ_INDEX, VFIO_PCI_ERR_IRQ_INDEX, VFIO_PCI_REQ_IRQ_INDEX ->
              VFIO_IRQ_INFO_NORESIZE;
          default -> throw Failure.of(Errno.EINVAL);
        };
    vfio_irq_info.flags.set(argument, VFIO_IRQ_INFO_EVENTFD | more);
    vfio_irq_info.count.set(argument, count(index));
  }

  private int count(int index) {
    return switch (index) {
      case VFIO_PCI_MSI_IRQ_INDEX -> function.config().hasMsi() ? 1 : 0;
      case VFIO_PCI_MSIX_IRQ_INDEX -> function.config().msixVectors();
      default -> 1;
    };
  }

  /** VFIO_DEVICE_SET_IRQS. */
  void set(SimulatedProcess caller, MemorySegment argument) {
    long header = vfio_irq_set.LAYOUT.size();
    UserMemory.vfio(argument, header);
    int flags = vfio_irq_set.flags.get(argument);
    int index = vfio_irq_set.index.get(argument);
    long start = Integer.toUnsignedLong(vfio_irq_set.start.get(argument));
    int count = vfio_irq_set.count.get(argument);
    int data = flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
    if (index < 0
        || index >= Interrupts.INDICES
        || (flags & ~(VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK)) != 0
        || start >= count(index)
        || start + Integer.toUnsignedLong(count) > count(index)
        || Integer.bitCount(data) != 1) {
      throw Failure.of(Errno.EINVAL);
    }
    long entry =
        data == VFIO_IRQ_SET_DATA_EVENTFD
            ? Integer.BYTES
            : data == VFIO_IRQ_SET_DATA_BOOL ? Byte.BYTES : 0;
    UserMemory.vfio(argument, header + count * entry);
    Event event =
        new Event(caller, data, (int) start, count, count == 0 ? null : argument.asSlice(header));
    switch (flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
      case VFIO_IRQ_SET_ACTION_TRIGGER -> trigger(index, event);
      case VFIO_IRQ_SET_ACTION_MASK -> mask(index, event);
      case VFIO_IRQ_SET_ACTION_UNMASK -> unmask(index, event);
      default -> throw Failure.of(Errno.ENOTTY);
    }
  }

  /**
   * What the request carries for each interrupt from {@code start} on: nothing, a truth value or an
   * eventfd.
   */
  private record Event(
      SimulatedProcess caller, int kind, int start, int count, MemorySegment data) {
    boolean isNone() {
      return kind == VFIO_IRQ_SET_DATA_NONE;
    }

    boolean isEventfd() {
      return kind == VFIO_IRQ_SET_DATA_EVENTFD;
    }

    /** Whether it asks for an interrupt by itself. */
    boolean fires() {
      return fires(0);
    }

    boolean fires(int place) {
      return isNone() || data.get(ValueLayout.JAVA_BYTE, place) != 0;
    }

    int fd() {
      return fd(0);
    }

    private int fd(int place) {
      return data.get(ValueLayout.JAVA_INT_UNALIGNED, place * (long) Integer.BYTES);
    }

    EventFile file() {
      return file(0);
    }

    /** The eventfd, or null for a negative number. */
    EventFile file(int place) {
      if (fd(place) < 0) {
        return null;
      }
      if (caller.descriptors().get(fd(place)) instanceof EventFile file) {
        return file;
      }
      throw Failure.of(Errno.EINVAL);
    }
  }

  private void trigger(int index, Event event) {
    switch (index) {
      case VFIO_PCI_INTX_IRQ_INDEX -> triggerIntx(event);
      case VFIO_PCI_ERR_IRQ_INDEX, VFIO_PCI_REQ_IRQ_INDEX -> triggerSingle(index, event);
      default -> triggerMessage(index, event);
    }
  }

  private void triggerIntx(Event event) {
    boolean inUse = interrupts.inUse() == VFIO_PCI_INTX_IRQ_INDEX;
    if (inUse && event.count() == 0 && event.isNone()) {
      interrupts.disuse();
      return;
    }
    if ((!inUse && (interrupts.inUse() != Interrupts.NONE || !event.isEventfd()))
        || event.count() != 1) {
      throw Failure.of(Errno.EINVAL);
    }
    if (event.isEventfd()) {
      interrupts.set(VFIO_PCI_INTX_IRQ_INDEX, 0, event.file());
      if (!inUse) {
        interrupts.use(VFIO_PCI_INTX_IRQ_INDEX, function.device().isInterrupting());
        if (function.config().isIntxDisabled()) {
          interrupts.mask();
        }
      }
    } else if (event.fires() && !function.config().isIntxDisabled()) {
      interrupts.trigger(VFIO_PCI_INTX_IRQ_INDEX, 0);
    }
  }

  private void triggerMessage(int index, Event event) {
    boolean inUse = interrupts.inUse() == index;
    if (inUse && event.count() == 0 && event.isNone()) {
      interrupts.disuse();
      function.config().showMsix(false);
      return;
    }
    if (!inUse && (interrupts.inUse() != Interrupts.NONE || !event.isEventfd())) {
      throw Failure.of(Errno.EINVAL);
    }
    if (event.isEventfd()) {
      if (!inUse && event.start() + event.count() == 0) {
        throw Failure.of(Errno.ERANGE);
      }
      signal(index, event, inUse);
      return;
    }
    for (int i = 0; i < event.count(); i++) {
      if (event.fires(i)) {
        interrupts.trigger(index, event.start() + i);
      }
    }
  }

  /** Gives messages an eventfd each; where one has none to give, none of the request's has one. */
  private void signal(int index, Event event, boolean inUse) {
    if (!inUse) {
      interrupts.use(index, false);
    }
    int place = 0;
    try {
      for (; place < event.count(); place++) {
        interrupts.set(index, event.start() + place, null);
        interrupts.set(index, event.start() + place, event.file(place));
      }
    } catch (Failure refused) {
      while (--place >= 0) {
        interrupts.set(index, event.start() + place, null);
      }
      if (!inUse) {
        interrupts.disuse();
      }
      throw refused;
    } finally {
      function.config().showMsix(interrupts.inUse() == VFIO_PCI_MSIX_IRQ_INDEX);
    }
  }

  private void triggerSingle(int index, Event event) {
    if (event.isNone()) {
      if (!interrupts.isSet(index)) {
        throw Failure.of(Errno.EINVAL);
      }
      if (event.count() == 0) {
        interrupts.set(index, 0, null);
      } else {
        interrupts.trigger(index, 0);
      }
      return;
    }
    if (event.count() == 0 || (event.isEventfd() && event.fd() < -1)) {
      throw Failure.of(Errno.EINVAL);
    }
    if (event.isEventfd()) {
      interrupts.set(index, 0, event.file());
    } else if (event.fires()) {
      interrupts.trigger(index, 0);
    }
  }

  private void mask(int index, Event event) {
    requireIntx(index, event);
    if (event.isEventfd()) {
      throw Failure.of(Errno.ENOTTY);
    }
    if (event.fires()) {
      interrupts.mask();
    }
  }

  private void unmask(int index, Event event) {
    requireIntx(index, event);
    if (event.isEventfd()) {
      EventFile file = event.file();
      if (file != null && interrupts.hasUnmask()) {
        throw Failure.of(Errno.EBUSY);
      }
      interrupts.setUnmask(file);
    } else if (event.fires()) {
      function.unmaskIntx();
    }
  }

  private void requireIntx(int index, Event event) {
    if (index != VFIO_PCI_INTX_IRQ_INDEX) {
      throw Failure.of(Errno.ENOTTY);
    }
    if (interrupts.inUse() != VFIO_PCI_INTX_IRQ_INDEX || event.count() != 1) {
      throw Failure.of(Errno.EINVAL);
    }
  }
}
