package io.holdfast.linux;

import static io.holdfast.uapi.FcntlUapi.O_CLOEXEC;
import static io.holdfast.uapi.FcntlUapi.O_RDWR;
import static io.holdfast.uapi.IommufdUapi.IOMMU_DESTROY;
import static io.holdfast.uapi.IommufdUapi.IOMMU_HWPT_ALLOC;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_ALLOC;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_COPY;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_IOVA_RANGES;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_MAP;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_MAP_FILE;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_MAP_READABLE;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA;
import static io.holdfast.uapi.IommufdUapi.IOMMU_IOAS_UNMAP;

import io.holdfast.model.ExtentList;
import io.holdfast.model.KernelException;
import io.holdfast.model.NotPreservableException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi.iommu_destroy;
import io.holdfast.uapi.IommufdUapi.iommu_hwpt_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_change_process;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_copy;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_iova_ranges;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map_file;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_unmap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * An open {@code /dev/iommu}: I/O address spaces (IOAS) and their mappings.
 *
 * <p>Mirrors the requests of {@code include/uapi/linux/iommufd.h} that noiommu devices need. IOVAs
 * and physical addresses are unsigned 64-bit numbers, lengths are bytes. Thread-safe: requests
 * share one argument buffer and take turns, as they would inside the kernel. Every refusal is a
 * {@link KernelException}.
 */
public final class Iommufd extends Descriptor {
  public static final String PATH = "/dev/iommu";
  private static final long ARGUMENT_BYTES = 64;

  private final MemorySegment argument = Arena.ofAuto().allocate(ARGUMENT_BYTES, 8);

  /** Takes over an open descriptor of {@code /dev/iommu}. */
  public Iommufd(Syscalls syscalls, int fd) {
    super(syscalls, fd, PATH);
  }

  /** Opens {@code /dev/iommu}. */
  public static Iommufd open(Syscalls syscalls) {
    int fd = syscalls.open(PATH, O_RDWR | O_CLOEXEC, 0);
    return new Iommufd(syscalls, KernelErrors.check(fd, "open " + PATH, ""));
  }

  /**
   * Whether this kernel has IOMMU_IOAS_NOIOMMU_GET_PA: asks for a physical address of an IOAS that
   * cannot exist, and returns {@code -errno}. A kernel that has the request returns {@code
   * -ENOENT}.
   */
  public synchronized int probePhysicalAddresses() {
    argument.fill((byte) 0);
    iommu_ioas_noiommu_get_pa.size.set(argument, (int) iommu_ioas_noiommu_get_pa.LAYOUT.size());
    iommu_ioas_noiommu_get_pa.length.set(argument, 1);
    return ioctl(IOMMU_IOAS_NOIOMMU_GET_PA, argument);
  }

  /** Makes an empty I/O address space and answers its id. */
  public synchronized int allocateIoas() {
    argument.fill((byte) 0);
    iommu_ioas_alloc.size.set(argument, (int) iommu_ioas_alloc.LAYOUT.size());
    int answer = ioctl(IOMMU_IOAS_ALLOC, argument);
    KernelErrors.check(answer, "IOMMU_IOAS_ALLOC", "");
    return iommu_ioas_alloc.out_ioas_id.get(argument);
  }

  /**
   * Makes a page table (HWPT) of an IOAS's mappings that a device behind an IOMMU can be attached
   * to, and returns its id. It follows the mappings, pins them, and holds the IOAS until it is
   * destroyed.
   *
   * @param device the device's id in this iommufd
   */
  public synchronized int allocatePageTable(int device, int ioas) {
    argument.fill((byte) 0);
    iommu_hwpt_alloc.size.set(argument, (int) iommu_hwpt_alloc.LAYOUT.size());
    iommu_hwpt_alloc.dev_id.set(argument, device);
    iommu_hwpt_alloc.pt_id.set(argument, ioas);
    int answer = ioctl(IOMMU_HWPT_ALLOC, argument);
    KernelErrors.check(answer, "IOMMU_HWPT_ALLOC", "dev_id %d, ioas_id %d".formatted(device, ioas));
    return iommu_hwpt_alloc.out_hwpt_id.get(argument);
  }

  /**
   * Maps a part of a memfd and answers its IOVA.
   *
   * <p>The kernel takes any file while no device is attached to the IOAS, and a device's own node,
   * mapped into the iommufd it is bound to, is then held for ever. So nothing else is mapped.
   *
   * @param iova where, or empty to let the kernel choose
   * @throws NotPreservableException if the file is no memfd
   */
  public synchronized long mapFile(
      int ioas,
      Memfd file,
      long offsetBytes,
      long lengthBytes,
      OptionalLong iova,
      boolean readable,
      boolean writeable) {
    file.requireKnownMemfd();
    argument.fill((byte) 0);
    iommu_ioas_map_file.size.set(argument, (int) iommu_ioas_map_file.LAYOUT.size());
    iommu_ioas_map_file.flags.set(argument, mapFlags(iova.isPresent(), readable, writeable));
    iommu_ioas_map_file.ioas_id.set(argument, ioas);
    iommu_ioas_map_file.start.set(argument, offsetBytes);
    iommu_ioas_map_file.length.set(argument, lengthBytes);
    iommu_ioas_map_file.iova.set(argument, iova.orElse(0));
    int answer;
    iommu_ioas_map_file.fd.set(argument, file.acquire());
    try {
      answer = ioctl(IOMMU_IOAS_MAP_FILE, argument);
    } finally {
      file.release();
    }
    if (answer < 0) {
      throw KernelErrors.ofMapping(
          syscalls(),
          "IOMMU_IOAS_MAP_FILE",
          answer,
          mapSubject(ioas, iova, lengthBytes) + ", " + file.what() + " at " + offsetBytes);
    }
    return iommu_ioas_map_file.iova.get(argument);
  }

  /**
   * Maps memory of this process and answers its IOVA. Nothing preserves such memory over a kexec.
   *
   * @param iova where, or empty to let the kernel choose
   */
  public synchronized long mapMemory(
      int ioas, MemorySegment memory, OptionalLong iova, boolean readable, boolean writeable) {
    argument.fill((byte) 0);
    iommu_ioas_map.size.set(argument, (int) iommu_ioas_map.LAYOUT.size());
    iommu_ioas_map.flags.set(argument, mapFlags(iova.isPresent(), readable, writeable));
    iommu_ioas_map.ioas_id.set(argument, ioas);
    iommu_ioas_map.user_va.set(argument, memory.address());
    iommu_ioas_map.length.set(argument, memory.byteSize());
    iommu_ioas_map.iova.set(argument, iova.orElse(0));
    int answer = ioctl(IOMMU_IOAS_MAP, argument);
    if (answer < 0) {
      throw KernelErrors.ofMapping(
          syscalls(), "IOMMU_IOAS_MAP", answer, mapSubject(ioas, iova, memory.byteSize()));
    }
    return iommu_ioas_map.iova.get(argument);
  }

  /**
   * Maps what is mapped at a range of one IOAS in another one, or elsewhere in the same, and
   * returns its IOVA there. The memory is the same, page for page.
   *
   * @param iova where, or empty to let the kernel choose
   */
  public synchronized long copy(
      int source,
      long sourceIova,
      long lengthBytes,
      int target,
      OptionalLong iova,
      boolean readable,
      boolean writeable) {
    argument.fill((byte) 0);
    iommu_ioas_copy.size.set(argument, (int) iommu_ioas_copy.LAYOUT.size());
    iommu_ioas_copy.flags.set(argument, mapFlags(iova.isPresent(), readable, writeable));
    iommu_ioas_copy.src_ioas_id.set(argument, source);
    iommu_ioas_copy.dst_ioas_id.set(argument, target);
    iommu_ioas_copy.length.set(argument, lengthBytes);
    iommu_ioas_copy.src_iova.set(argument, sourceIova);
    iommu_ioas_copy.dst_iova.set(argument, iova.orElse(0));
    int answer = ioctl(IOMMU_IOAS_COPY, argument);
    if (answer < 0) {
      throw KernelErrors.ofMapping(
          syscalls(),
          "IOMMU_IOAS_COPY",
          answer,
          mapSubject(target, iova, lengthBytes)
              + ", from ioas_id %d, iova 0x%x".formatted(source, sourceIova));
    }
    return iommu_ioas_copy.dst_iova.get(argument);
  }

  /** Undoes a mapping; the range must cover whole mappings. */
  public synchronized void unmap(int ioas, long iova, long lengthBytes) {
    argument.fill((byte) 0);
    iommu_ioas_unmap.size.set(argument, (int) iommu_ioas_unmap.LAYOUT.size());
    iommu_ioas_unmap.ioas_id.set(argument, ioas);
    iommu_ioas_unmap.iova.set(argument, iova);
    iommu_ioas_unmap.length.set(argument, lengthBytes);
    int answer = ioctl(IOMMU_IOAS_UNMAP, argument);
    if (answer < 0) {
      throw KernelErrors.of(
          "IOMMU_IOAS_UNMAP", answer, mapSubject(ioas, OptionalLong.of(iova), lengthBytes));
    }
  }

  /** Destroys an object, such as an IOAS that no device is attached to. */
  public synchronized void destroy(int id) {
    argument.fill((byte) 0);
    iommu_destroy.size.set(argument, (int) iommu_destroy.LAYOUT.size());
    iommu_destroy.id.set(argument, id);
    KernelErrors.check(ioctl(IOMMU_DESTROY, argument), "IOMMU_DESTROY", "id " + id);
  }

  /**
   * The physical extents behind a mapped range, in order. A noiommu device must be attached to the
   * IOAS, since pages are pinned only then. The kernel walks page by page, so the cost grows with
   * the range, not with the extents.
   */
  public synchronized ExtentList physicalExtents(int ioas, long iova, long lengthBytes) {
    ExtentList.Builder extents = ExtentList.builder();
    argument.fill((byte) 0);
    iommu_ioas_noiommu_get_pa.size.set(argument, (int) iommu_ioas_noiommu_get_pa.LAYOUT.size());
    iommu_ioas_noiommu_get_pa.ioas_id.set(argument, ioas);
    for (long done = 0; done < lengthBytes; ) {
      iommu_ioas_noiommu_get_pa.iova.set(argument, iova + done);
      iommu_ioas_noiommu_get_pa.length.set(argument, lengthBytes - done);
      int answer = ioctl(IOMMU_IOAS_NOIOMMU_GET_PA, argument);
      if (answer < 0) {
        throw KernelErrors.of(
            "IOMMU_IOAS_NOIOMMU_GET_PA",
            answer,
            "ioas_id %d, iova 0x%x, length %d".formatted(ioas, iova + done, lengthBytes - done));
      }
      long run = iommu_ioas_noiommu_get_pa.length.get(argument);
      long physicalAddress = iommu_ioas_noiommu_get_pa.out_phys.get(argument);
      if (run <= 0
          || run > lengthBytes - done
          || physicalAddress < 0
          || physicalAddress + run < 0) {
        // A kernel that answers so is broken; believing it would send DMA anywhere.
        throw KernelErrors.of(
            "IOMMU_IOAS_NOIOMMU_GET_PA",
            -Errno.EIO,
            "ioas_id %d, iova 0x%x: the kernel answered physical address 0x%x, length %d"
                .formatted(ioas, iova + done, physicalAddress, run));
      }
      extents.add(physicalAddress, run);
      done += run;
    }
    return extents.build();
  }

  /** Whether an id is one of an IOAS: IOMMU_IOAS_IOVA_RANGES knows it. Changes nothing. */
  public synchronized boolean hasIoas(int id) {
    argument.fill((byte) 0);
    iommu_ioas_iova_ranges.size.set(argument, (int) iommu_ioas_iova_ranges.LAYOUT.size());
    iommu_ioas_iova_ranges.ioas_id.set(argument, id);
    int answer = ioctl(IOMMU_IOAS_IOVA_RANGES, argument);
    if (answer == -Errno.ENOENT) {
      return false;
    }
    if (answer < 0 && answer != -Errno.EMSGSIZE) { // There was no room for the ranges.
      throw KernelErrors.of("IOMMU_IOAS_IOVA_RANGES", answer, "ioas_id " + id);
    }
    return true;
  }

  /**
   * Unmaps whatever lies in a range, and returns how many bytes that was; nothing is fine.
   *
   * @param first its first IOVA
   * @param last its last IOVA, unsigned; 2^64-1 itself is never mapped
   */
  public synchronized long unmapWithin(int ioas, long first, long last) {
    long end = last == -1L ? -2L : last;
    if (Long.compareUnsigned(first, end) > 0) {
      return 0;
    }
    argument.fill((byte) 0);
    iommu_ioas_unmap.size.set(argument, (int) iommu_ioas_unmap.LAYOUT.size());
    iommu_ioas_unmap.ioas_id.set(argument, ioas);
    iommu_ioas_unmap.iova.set(argument, first);
    iommu_ioas_unmap.length.set(argument, end - first + 1);
    int answer = ioctl(IOMMU_IOAS_UNMAP, argument);
    if (answer == -Errno.ENOENT) {
      return 0;
    }
    KernelErrors.check(
        answer, "IOMMU_IOAS_UNMAP", "ioas_id %d, iova 0x%x to 0x%x".formatted(ioas, first, end));
    return iommu_ioas_unmap.length.get(argument);
  }

  /**
   * Moves the accounting of all pinned memory to this process's user; returns 0 or {@code -errno}.
   * EINVAL where memory of a process is mapped: only memory of files can be moved.
   */
  public synchronized int changeProcess() {
    argument.fill((byte) 0);
    iommu_ioas_change_process.size.set(argument, (int) iommu_ioas_change_process.LAYOUT.size());
    return ioctl(IOMMU_IOAS_CHANGE_PROCESS, argument);
  }

  private static int mapFlags(boolean fixed, boolean readable, boolean writeable) {
    return (fixed ? IOMMU_IOAS_MAP_FIXED_IOVA : 0)
        | (readable ? IOMMU_IOAS_MAP_READABLE : 0)
        | (writeable ? IOMMU_IOAS_MAP_WRITEABLE : 0);
  }

  private static String mapSubject(int ioas, OptionalLong iova, long lengthBytes) {
    String where =
        iova.isPresent()
            ? "iova 0x%x".formatted(iova.getAsLong())
            : "an iova of the kernel's choice";
    return "ioas_id %d, %s, length %d".formatted(ioas, where, lengthBytes);
  }
}
