package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_ATTACH_PASID;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_IOMMUFD;
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
import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.ToIntFunction;

/**
 * An open VFIO character device: a PCI function given to userspace.
 *
 * <p>Mirrors the requests of {@code include/uapi/linux/vfio.h}. Thread-safe; every refusal is a
 * {@link KernelException}.
 */
public final class VfioCdev extends Descriptor {
  private static final long UUID_BYTES = 16;
  private static final ValueLayout.OfLong BYTE_ORDER_OF_A_UUID =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

  /** Takes over an open VFIO device descriptor. */
  public VfioCdev(Syscalls syscalls, int fd, String node) {
    super(syscalls, fd, node);
  }

  /** Opens a device's node; that of a device without an IOMMU needs CAP_SYS_RAWIO. */
  public static VfioCdev open(Syscalls syscalls, String node) {
    int fd = syscalls.open(node, O_RDWR | O_CLOEXEC, 0);
    return new VfioCdev(syscalls, KernelErrors.check(fd, "open VFIO cdev", node), node);
  }

  /** A region of the device: where it lies in the descriptor's file offsets, in bytes. */
  public record Region(int index, long offsetBytes, long sizeBytes, int flags) {
    /** Whether {@link VfioCdev#map} works. */
    public boolean isMappable() {
      return (flags & VFIO_REGION_INFO_FLAG_MMAP) != 0;
    }
  }

  /**
   * Binds the device to an iommufd, which resets it where it can be reset, and answers its id
   * there.
   *
   * @param vfToken the secret that a virtual function is opened with, and its physical one sets
   */
  public int bind(Iommufd iommufd, Optional<UUID> vfToken) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment secret = arena.allocate(UUID_BYTES, 8);
      MemorySegment argument = arena.allocate(vfio_device_bind_iommufd.LAYOUT.size(), 8);
      vfio_device_bind_iommufd.argsz.set(argument, (int) argument.byteSize());
      vfio_device_bind_iommufd.iommufd.set(argument, iommufd.acquire());
      vfToken.ifPresent(token -> {
        secret.set(BYTE_ORDER_OF_A_UUID, 0, token.getMostSignificantBits());
        secret.set(BYTE_ORDER_OF_A_UUID, Long.BYTES, token.getLeastSignificantBits());
        vfio_device_bind_iommufd.flags.set(argument, VFIO_DEVICE_BIND_FLAG_TOKEN);
        vfio_device_bind_iommufd.token_uuid_ptr.set(argument, secret.address());
      });
      int answer;
      try {
        answer = ioctl(VFIO_DEVICE_BIND_IOMMUFD, argument);
      } finally {
        iommufd.release();
        secret.fill((byte) 0);
      }
      if (answer == -Errno.EINVAL && vfToken.isPresent()) {
        throw KernelErrors.of(
            "VFIO_DEVICE_BIND_IOMMUFD",
            answer,
            what() + ", with a VF token",
            "a token is taken by a virtual function whose physical one vfio-pci has, and by that"
                + " one itself; leave it out for others, and stop whoever has the device bound");
      }
      if (answer == -Errno.EINVAL && what().startsWith("/dev/")) {
        // Somebody has bound it: who, or nobody that could be stopped?
        DeviceHolders.of(syscalls(), what())
            .remedy()
            .ifPresent(remedy -> {
              throw KernelErrors.of("VFIO_DEVICE_BIND_IOMMUFD", answer, what(), remedy);
            });
      }
      KernelErrors.check(answer, "VFIO_DEVICE_BIND_IOMMUFD", what());
      return vfio_device_bind_iommufd.out_devid.get(argument);
    }
  }

  /**
   * Attaches the device to an IOAS or a page table (HWPT), replacing an earlier one, and returns
   * the id of the page table that it uses, which for an IOAS is one the kernel has made.
   */
  public int attach(int pageTable) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_device_attach_iommufd_pt.LAYOUT.size(), 8);
      vfio_device_attach_iommufd_pt.argsz.set(argument, (int) argument.byteSize());
      vfio_device_attach_iommufd_pt.pt_id.set(argument, pageTable);
      request(
          VFIO_DEVICE_ATTACH_IOMMUFD_PT,
          argument,
          "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
          ", pt_id " + pageTable);
      return vfio_device_attach_iommufd_pt.pt_id.get(argument);
    }
  }

  /**
   * Whether an object with this id exists in the iommufd that the device is bound to: asks to
   * attach a PASID to it, which no IOAS of ours takes, and looks whether the kernel missed the
   * object. Changes nothing (tried on Linux 7.3, with and without an IOMMU: ENOENT, else EINVAL).
   *
   * @throws io.holdfast.model.KernelException if the kernel says neither
   */
  boolean knowsObject(int id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_device_attach_iommufd_pt.LAYOUT.size(), 8);
      vfio_device_attach_iommufd_pt.argsz.set(argument, (int) argument.byteSize());
      vfio_device_attach_iommufd_pt.flags.set(argument, VFIO_DEVICE_ATTACH_PASID);
      vfio_device_attach_iommufd_pt.pt_id.set(argument, id);
      vfio_device_attach_iommufd_pt.pasid.set(argument, 1);
      int answer = ioctl(VFIO_DEVICE_ATTACH_IOMMUFD_PT, argument);
      if (answer >= 0) {
        throw KernelErrors.of(
            "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
            -Errno.EIO,
            what() + " attached a PASID, unexpectedly");
      }
      if (answer != -Errno.ENOENT && answer != -Errno.EINVAL) {
        throw KernelErrors.of(
            "VFIO_DEVICE_ATTACH_IOMMUFD_PT", answer, what() + ", to see whether it knows " + id);
      }
      return answer == -Errno.EINVAL;
    }
  }

  /**
   * Whether the device is bound to this very iommufd. An IOAS is made there and destroyed again,
   * and the device has to see it come and go; the device itself is not touched.
   */
  public boolean isBoundTo(Iommufd iommufd) {
    if (!isBound()) {
      return false;
    }
    int id = iommufd.allocateIoas();
    boolean seen;
    try {
      seen = knowsObject(id);
    } finally {
      iommufd.destroy(id);
    }
    return seen && !knowsObject(id);
  }

  /**
   * Whether the device is bound to an iommufd: until then the kernel refuses to tell anything of
   * it, with EINVAL.
   *
   * @throws io.holdfast.model.KernelException if the kernel does not tell for another reason
   */
  public boolean isBound() {
    int answer = deviceInfo(argument -> ioctl(VFIO_DEVICE_GET_INFO, argument));
    if (answer < 0 && answer != -Errno.EINVAL) {
      throw KernelErrors.of("VFIO_DEVICE_GET_INFO", answer, what());
    }
    return answer >= 0;
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

  private int deviceInfo(ToIntFunction<MemorySegment> query) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocate(vfio_device_info.LAYOUT.size(), 8);
      vfio_device_info.argsz.set(argument, (int) argument.byteSize());
      return query.applyAsInt(argument);
    }
  }

  /** Resets the function; a device without a reset answers EINVAL. */
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

  private void request(long request, MemorySegment argument, String name, String subject) {
    KernelErrors.check(ioctl(request, argument), name, what() + subject);
  }
}
