package io.holdfast.sim;

import java.lang.foreign.MemorySegment;

/**
 * A device's way to memory. Without an IOMMU nothing on a real machine stops it; here each page is
 * checked against what the device's driver has pinned, and a stray access is recorded instead of
 * performed.
 *
 * <p>The driver of a device that its legacy group has opened can pin nothing. Such a device reaches
 * whatever is memory of a program under test, whosever it is by now.
 */
final class DmaEngine {
  private final SimulatedKernel kernel;
  private final PciFunction function;

  DmaEngine(SimulatedKernel kernel, PciFunction function) {
    this.kernel = kernel;
    this.function = function;
  }

  /** Copies page by page until one is refused; answers whether all were copied. */
  boolean transfer(long address, MemorySegment buffer, boolean write) {
    if (!function.config().isBusMaster()) {
      return false;
    }
    long done = 0;
    boolean whole = true;
    while (done < buffer.byteSize()) {
      long at = address + done;
      int offset = (int) (at & PhysicalMemory.PAGE_BYTES - 1);
      long count = Math.min(PhysicalMemory.PAGE_BYTES - offset, buffer.byteSize() - done);
      whole &= transferInPage(at, offset, buffer.asSlice(done, count), write);
      done += count;
    }
    return whole;
  }

  private boolean transferInPage(long at, int offset, MemorySegment part, boolean write) {
    Ioas ioas = function.ioas();
    long physical = at;
    if (function.isBehindIommu()) {
      Area area = ioas == null ? null : ioas.areaAt(at);
      if (area == null || !area.allows(write)) {
        // The IOMMU blocks it: a fault, and no harm done.
        return false;
      }
      physical = area.physicalAddress(at);
    } else if (!kernel.memory().contains(at)) {
      report(at, part, write, "not memory", "there is no memory at this address");
      return false;
    }
    int pfn = (int) (physical >> PhysicalMemory.PAGE_SHIFT);
    FrameOwner owner = kernel.memory().owner(pfn);
    boolean allowed =
        function.isBehindIommu()
            || (isUnpinned() ? isProgramsMemory(owner) : ioas != null && ioas.reaches(pfn, write));
    if (!allowed) {
      String whose = owner == null ? "free memory" : owner.describe();
      report(at, part, write, whose, reason(ioas, pfn, write));
      return false;
    }
    kernel
        .dma()
        .transferred(
            new DmaTransfer(function.address(), at, part.byteSize(), write, kernel.generation()));
    if (PhysicalMemory.ORPHANED.equals(owner)) {
      return true;
    }
    if (write) {
      owner.write(kernel.memory().index(pfn), offset, part);
    } else {
      owner.read(kernel.memory().index(pfn), offset, part);
    }
    return true;
  }

  /** Whether its group has opened the device, which has no IOAS then. */
  private boolean isUnpinned() {
    return function.groupDevices().areOpen();
  }

  private static boolean isProgramsMemory(FrameOwner owner) {
    return owner != null && !(owner instanceof FrameOwner.Elsewhere);
  }

  private String reason(Ioas ioas, int pfn, boolean write) {
    if (isUnpinned()) {
      return "the device was opened by its group, so nothing is pinned for it, and this frame is no"
          + " program's that is tested";
    }
    if (ioas == null) {
      return "the device is attached to no IOAS, so its driver has nothing pinned";
    }
    return ioas.reaches(pfn, !write)
        ? "its mapping does not let the device " + (write ? "write" : "read")
        : "no mapping of the IOAS the device is attached to covers this frame";
  }

  private void report(long at, MemorySegment part, boolean write, String owner, String reason) {
    kernel
        .dma()
        .violation(
            new DmaViolation(
                function.address(),
                at,
                part.byteSize(),
                write,
                owner,
                reason,
                kernel.generation()));
  }
}
