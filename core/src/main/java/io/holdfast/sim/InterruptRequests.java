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
          case VFIO_PCI_MSI_IRQ_INDEX,
              VFIO_PCI_MSIX_IRQ_INDEX,
              VFIO_PCI_ERR_IRQ_INDEX,
              VFIO_PCI_REQ_IRQ_INDEX ->
              VFIO_IRQ_INFO_NORESIZE;
          default -> throw Failure.of(Errno.EINVAL);
        };
    vfio_irq_info.flags.set(argument, VFIO_IRQ_INFO_EVENTFD | more);
    vfio_irq_info.count.set(argument, count(index));
  }

  private static int count(int index) {
    return index == VFIO_PCI_MSIX_IRQ_INDEX ? 0 : 1;
  }

  /** VFIO_DEVICE_SET_IRQS: every index has one interrupt at most, so that {@code start} is 0. */
  void set(SimulatedProcess caller, MemorySegment argument) {
    long header = vfio_irq_set.LAYOUT.size();
    UserMemory.vfio(argument, header);
    int flags = vfio_irq_set.flags.get(argument);
    int index = vfio_irq_set.index.get(argument);
    int count = vfio_irq_set.count.get(argument);
    int data = flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
    if (index < 0
        || index >= Interrupts.INDICES
        || (flags & ~(VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK)) != 0
        || vfio_irq_set.start.get(argument) != 0
        || Integer.compareUnsigned(count, count(index)) > 0
        || count(index) == 0
        || Integer.bitCount(data) != 1) {
      throw Failure.of(Errno.EINVAL);
    }
    long entry =
        data == VFIO_IRQ_SET_DATA_EVENTFD
            ? Integer.BYTES
            : data == VFIO_IRQ_SET_DATA_BOOL ? Byte.BYTES : 0;
    UserMemory.vfio(argument, header + count * entry);
    Event event = new Event(caller, data, count, count == 0 ? null : argument.asSlice(header));
    switch (flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
      case VFIO_IRQ_SET_ACTION_TRIGGER -> trigger(index, event);
      case VFIO_IRQ_SET_ACTION_MASK -> mask(index, event);
      case VFIO_IRQ_SET_ACTION_UNMASK -> unmask(index, event);
      default -> throw Failure.of(Errno.ENOTTY);
    }
  }

  /** What the request carries: nothing, a truth value or an eventfd. */
  private record Event(SimulatedProcess caller, int kind, int count, MemorySegment data) {
    boolean isNone() {
      return kind == VFIO_IRQ_SET_DATA_NONE;
    }

    boolean isEventfd() {
      return kind == VFIO_IRQ_SET_DATA_EVENTFD;
    }

    /** Whether it asks for an interrupt by itself. */
    boolean fires() {
      return isNone() || data.get(ValueLayout.JAVA_BYTE, 0) != 0;
    }

    int fd() {
      return data.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    /** The eventfd, or null for a negative number. */
    EventFile file() {
      if (fd() < 0) {
        return null;
      }
      if (caller.descriptors().get(fd()) instanceof EventFile file) {
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
      interrupts.set(VFIO_PCI_INTX_IRQ_INDEX, event.file());
      if (!inUse) {
        interrupts.use(VFIO_PCI_INTX_IRQ_INDEX, function.device().isInterrupting());
        if (function.config().isIntxDisabled()) {
          interrupts.mask();
        }
      }
    } else if (event.fires() && !function.config().isIntxDisabled()) {
      interrupts.trigger(VFIO_PCI_INTX_IRQ_INDEX);
    }
  }

  private void triggerMessage(int index, Event event) {
    boolean inUse = interrupts.inUse() == index;
    if (inUse && event.count() == 0 && event.isNone()) {
      interrupts.disuse();
      return;
    }
    if (!inUse && (interrupts.inUse() != Interrupts.NONE || !event.isEventfd())) {
      throw Failure.of(Errno.EINVAL);
    }
    if (event.count() == 0) {
      if (!inUse) {
        throw Failure.of(Errno.ERANGE);
      }
      return;
    }
    if (event.isEventfd()) {
      if (inUse) {
        interrupts.set(index, null);
      }
      interrupts.set(index, event.file());
      interrupts.use(index, false);
    } else if (event.fires()) {
      interrupts.trigger(index);
    }
  }

  private void triggerSingle(int index, Event event) {
    if (event.isNone()) {
      if (!interrupts.isSet(index)) {
        throw Failure.of(Errno.EINVAL);
      }
      if (event.count() == 0) {
        interrupts.set(index, null);
      } else {
        interrupts.trigger(index);
      }
      return;
    }
    if (event.count() == 0 || (event.isEventfd() && event.fd() < -1)) {
      throw Failure.of(Errno.EINVAL);
    }
    if (event.isEventfd()) {
      interrupts.set(index, event.file());
    } else if (event.fires()) {
      interrupts.trigger(index);
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
