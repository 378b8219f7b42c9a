package io.holdfast;

import io.holdfast.engine.HostProcess;
import io.holdfast.engine.PageLookup;
import io.holdfast.model.ExtentList;
import java.lang.foreign.MemorySegment;

/**
 * Where memory of this process lay at one moment, in physical addresses that <b>nothing keeps
 * true</b>: {@code /proc/self/pagemap}, for a {@link GroupDevice} on a kernel that pins nothing for
 * it.
 *
 * <p><b>The danger.</b> Nothing pins these pages. From the moment of the look-up on, and before it
 * returns, the kernel may move a page or take it away without a word:
 *
 * <ul>
 *   <li>compaction, and the collapse or split of a transparent huge page, copy it to another frame;
 *   <li>NUMA balancing copies it to another node;
 *   <li>it is swapped out, and comes back elsewhere;
 *   <li>KSM replaces it by a page that it shares with others, and a write to it, or a write after a
 *       fork, gives this process a copy;
 *   <li>the hot-unplugging of memory, the allocation of contiguous memory (CMA) and a page with
 *       memory errors move it away.
 * </ul>
 *
 * <p>The device knows nothing of that. It goes on writing to the frame that it was told of, which
 * by then belongs to another process, a file, or the kernel: it destroys their data, and the
 * machine may fail much later and elsewhere. What it reads is somebody else's, too. And this
 * process does not see what the device has written. No exception is thrown for any of it, here or
 * later.
 *
 * <p>{@code mlock} does not help: it keeps memory from being swapped out, not from being moved.
 * Huge pages of hugetlbfs are moved less often, not never. Whoever uses these addresses keeps
 * compaction, NUMA balancing, transparent huge pages, KSM and swap from that memory by means of
 * their own, and still has no guarantee.
 *
 * <p><b>Nothing of it survives a kexec</b>, or the end of the process. What a {@link DmaBuffer}
 * says of its addresses is true instead; it needs a {@link LiveSession}, and a kernel that has VFIO
 * character devices.
 *
 * <p>Needs CAP_SYS_ADMIN, without which the kernel tells no frames. Mirrors {@code
 * Documentation/admin-guide/mm/pagemap.rst}. Immutable and thread-safe.
 */
public final class UnpinnedAddresses {
  private final PageLookup pages;
  private final ExtentList extents;

  private UnpinnedAddresses(PageLookup pages, ExtentList extents) {
    this.pages = pages;
    this.extents = extents;
  }

  /**
   * Looks up where memory lies now. Every page has to be there already: write to it first, since
   * memory that was never written to has no page of its own.
   *
   * <p>Reads 64 KiB of the page map at a time; the answer has 16 bytes for each run, and at most
   * one run a page.
   *
   * @param memory native memory of this process, at least 1 byte; of a shared mapping of a memfd,
   *     or private to the process. A private mapping of a file must have been written to: this
   *     cannot tell it from a shared one, and a device would write to the file
   * @throws IllegalArgumentException if it is heap memory, or empty
   * @throws io.holdfast.model.NoPhysicalAddressException if a page has no frame of its own now, or
   *     the kernel does not tell it
   * @throws io.holdfast.model.KernelException if the page map cannot be read
   */
  public static UnpinnedAddresses lookUp(Host host, MemorySegment memory) {
    PageLookup pages = new PageLookup(HostProcess.of(host).syscalls(), memory);
    return new UnpinnedAddresses(pages, pages.extents());
  }

  /**
   * The physically contiguous runs in the order of the memory's offsets; the first begins at the
   * first byte, neighbours are merged. As of the look-up.
   */
  public ExtentList extents() {
    return extents;
  }

  /**
   * Looks again whether all of it is where it was, in the same pages as at the look-up: false is
   * certain, and the device must be stopped. True says nothing of the next moment, nor of the time
   * between.
   *
   * @throws io.holdfast.model.KernelException if the page map cannot be read
   */
  public boolean areWhereTheyWere() {
    return pages.matches(extents);
  }
}
