package io.holdfast.linux;

import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_FLAGS_RESET;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_GET_INFO;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_GET_IRQ_INFO;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_GET_REGION_INFO;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_RESET;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_SET_IRQS;
import static io.holdfast.uapi.VfioUapi.VFIO_IRQ_SET_ACTION_MASK;
import static io.holdfast.uapi.VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER;
import static io.holdfast.uapi.VfioUapi.VFIO_IRQ_SET_ACTION_UNMASK;
import static io.holdfast.uapi.VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD;
import static io.holdfast.uapi.VfioUapi.VFIO_IRQ_SET_DATA_NONE;
import static io.holdfast.uapi.VfioUapi.VFIO_PCI_INTX_IRQ_INDEX;
import static io.holdfast.uapi.VfioUapi.VFIO_REGION_INFO_FLAG_MMAP;

import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * An open VFIO device, a PCI function given to userspace: what can be done with it whether it was
 * opened by its character device or by a legacy group.
 *
 * <p>Mirrors the {@code VFIO_DEVICE_*} requests of {@code include/uapi/linux/vfio.h}. Thread-safe;
 * every refusal is a {@link KernelException}.
 */
public class VfioDeviceFile extends Descriptor {
  /**
   * Takes over an open VFIO device descriptor.
   *
   * @param what what it is, for messages
   */
  public VfioDeviceFile(Syscalls syscalls, int fd, String what) {
    super(syscalls, fd, what);
  }

  /** A region of the device: where it lies in the descriptor's file offsets, in bytes. */
  public record Region(int index, long offsetBytes, long sizeBytes, int flags) {
    /** Whether {@link VfioDeviceFile#map} works. */
    public boolean isMappable() {
      return (flags & VFIO_REGION_INFO_FLAG_MMAP) != 0;
    }
  }

  /** Whether the device can be reset on its own. */
  public boolean canReset() {
    return (deviceInfo(argument -> {
      request(VFIO_DEVICE_GET_INFO, argument, "VFIO_DEVICE_GET_INFO", "");
      return vfio_device_info.flags.get(argument);
    })
            & VFIO_DEVICE_FLAGS_RESET)
        != 0;
  }

  final int deviceInfo(ToIntFunction<MemorySegment> query) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_device_info.LAYOUT.size(), 8);
      vfio_device_info.argsz.set(argument, (int) argument.byteSize());
      return query.applyAsInt(argument);
    }
  }

  /** Resets the function; fails with EINVAL on a device without a reset. */
  public void reset() {
    KernelErrors.check(ioctl(VFIO_DEVICE_RESET, 0), "VFIO_DEVICE_RESET", what());
  }

  /** Where a region (BAR, ROM or configuration space; {@code VFIO_PCI_*_REGION_INDEX}) lies. */
  public Region region(int index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_region_info.LAYOUT.size(), 8);
      vfio_region_info.argsz.set(argument, (int) argument.byteSize());
      vfio_region_info.index.set(argument, index);
      request(
          VFIO_DEVICE_GET_REGION_INFO,
          argument,
          "VFIO_DEVICE_GET_REGION_INFO",
          ", region " + index);
      return new Region(
          index,
          vfio_region_info.offset.get(argument),
          vfio_region_info.size.get(argument),
          vfio_region_info.flags.get(argument));
    }
  }

  /** How many interrupts the device has of a kind ({@code VFIO_PCI_*_IRQ_INDEX}). */
  public int irqCount(int index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_irq_info.LAYOUT.size(), 8);
      vfio_irq_info.argsz.set(argument, (int) argument.byteSize());
      vfio_irq_info.index.set(argument, index);
      request(
          VFIO_DEVICE_GET_IRQ_INFO, argument, "VFIO_DEVICE_GET_IRQ_INFO", ", irq index " + index);
      return vfio_irq_info.count.get(argument);
    }
  }

  /**
   * Lets some interrupts of a kind signal an eventfd each.
   *
   * @param index the kind, {@code VFIO_PCI_*_IRQ_INDEX}
   * @param first the first of them
   */
  public void signal(int index, int first, List<EventFd> eventfds) {
    try (Undo uses = new Undo()) {
      int[] numbers = acquireAll(eventfds, uses);
      setIrqs(
          index,
          VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD,
          first,
          numbers.length,
          numbers);
    }
  }

  /** Switches a kind of interrupts off. */
  public void silence(int index) {
    setIrqs(index, VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_NONE, 0, 0, new int[0]);
  }

  /** Holds INTx back, or not; the kernel does so with no other kind. */
  public void setMasked(boolean masked) {
    int action = masked ? VFIO_IRQ_SET_ACTION_MASK : VFIO_IRQ_SET_ACTION_UNMASK;
    setIrqs(VFIO_PCI_INTX_IRQ_INDEX, action | VFIO_IRQ_SET_DATA_NONE, 0, 1, new int[0]);
  }

  private void setIrqs(int index, int flags, int first, int count, int[] eventfds) {
    try (Arena arena = Arena.ofConfined()) {
      long headerBytes = vfio_irq_set.data.offset();
      MemorySegment argument = arena.allocate(headerBytes + 4L * eventfds.length, 8);
      MemorySegment.copy(eventfds, 0, argument, ValueLayout.JAVA_INT, headerBytes, eventfds.length);
      vfio_irq_set.argsz.set(argument, (int) argument.byteSize());
      vfio_irq_set.flags.set(argument, flags);
      vfio_irq_set.index.set(argument, index);
      vfio_irq_set.start.set(argument, first);
      vfio_irq_set.count.set(argument, count);
      request(VFIO_DEVICE_SET_IRQS, argument, "VFIO_DEVICE_SET_IRQS", ", irq index " + index);
    }
  }

  /** Reads a region at a file offset of the descriptor into native memory, whole or not at all. */
  public void read(MemorySegment buffer, long offsetBytes) {
    long answer = pread(buffer, offsetBytes);
    if (answer != buffer.byteSize()) {
      throw KernelErrors.of(
          "pread",
          answer < 0 ? answer : -Errno.EIO,
          what() + ", offset 0x%x".formatted(offsetBytes));
    }
  }

  /** Writes native memory to a region at a file offset of the descriptor, whole or not at all. */
  public void write(MemorySegment buffer, long offsetBytes) {
    long answer = pwrite(buffer, offsetBytes);
    if (answer != buffer.byteSize()) {
      throw KernelErrors.of(
          "pwrite",
          answer < 0 ? answer : -Errno.EIO,
          what() + ", offset 0x%x".formatted(offsetBytes));
    }
  }

  /** Maps a region's memory into this process. */
  public MappedMemory map(Region region) {
    return MappedMemory.map(this, region.offsetBytes(), region.sizeBytes());
  }

  final void request(long request, MemorySegment argument, String name, String subject) {
    KernelErrors.check(ioctl(request, argument), name, what() + subject);
  }
}
