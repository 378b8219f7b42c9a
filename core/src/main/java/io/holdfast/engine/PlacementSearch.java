package io.holdfast.engine;

import io.holdfast.engine.MemoryPools.Part;
import io.holdfast.journal.JournalRecord;
import io.holdfast.linux.HugePages;
import io.holdfast.model.KernelException;
import io.holdfast.session.Placement;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Closing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks for memory that lies where a buffer has to lie: in what the session has, then in what the
 * kernel gives, a bounded number of times.
 *
 * <p>What does not fit is kept until the search ends, so that it is not found again, and then given
 * back. Guarded by the session's lock; used once.
 */
final class PlacementSearch implements AutoCloseable {
  /** So many parts of memory the session has are tried, and so many new ones. */
  static final int TRIES = 8;

  private final MemoryPools pools;
  private final String name;
  private final long lengthBytes;
  private final Placement placement;
  private final boolean translated;
  private final int most;
  private final List<Part> unused = new ArrayList<>();
  private String lastProblem = "";
  private String lastRemedy = "";

  /**
   * A search for a buffer.
   *
   * @param translated whether its devices are behind an IOMMU, for which other memory lies no
   *     better: then one piece of each kind is tried
   */
  PlacementSearch(
      MemoryPools pools, String name, long lengthBytes, Placement placement, boolean translated) {
    this.pools = pools;
    this.name = name;
    this.lengthBytes = lengthBytes;
    this.placement = placement;
    this.translated = translated;
    this.most = translated && placement.numaNode().isEmpty() ? 1 : TRIES;
  }

  /** Memory was mapped and lies elsewhere. */
  static final class Misfit extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String remedy;

    Misfit(String problem) {
      this(problem, "");
    }

    /** With what to do about it, where that is not what helps with addresses. */
    Misfit(String problem, String remedy) {
      super(problem, null, false, false);
      this.remedy = remedy;
    }
  }

  /**
   * The first mapping that can be made of memory that lies right.
   *
   * @param maker maps a part and records it, with what has to be recorded before; throws {@link
   *     Misfit} and leaves nothing mapped if it lies elsewhere
   */
  LiveMapping find(Maker maker) {
    for (LiveFile pool : pools.files().reversed()) {
      Optional<Part> part = pools.allocate(pool, lengthBytes, offsetAlignment());
      if (part.isPresent()) {
        Optional<LiveMapping> made = tryOne(part.get(), new ArrayList<>(2), maker);
        if (made.isPresent()) {
          return made.get();
        }
      }
      if (unused.size() == most) {
        break;
      }
    }
    for (int tries = 0; tries < most; tries++) {
      List<JournalRecord> records = new ArrayList<>(2);
      Part part = allocate(tries == 0, records);
      Optional<LiveMapping> made = tryOne(part, records, maker);
      if (made.isPresent()) {
        return made.get();
      }
    }
    throw new SessionException(
        "buffer \"%s\" needs %d bytes %s; of %d pieces of memory tried, the last %s"
            .formatted(name, lengthBytes, wanted(), unused.size(), lastProblem),
        remedy());
  }

  private Part allocate(boolean first, List<JournalRecord> records) {
    try {
      return first
          ? pools.allocateNew(lengthBytes, placement.numaNode(), records)
          : pools.allocateAlone(lengthBytes, placement.numaNode(), records);
    } catch (KernelException e) {
      throw e.about("buffer \"" + name + "\"");
    }
  }

  /** Maps a part of a pool and records it. */
  interface Maker {
    LiveMapping make(Part part, List<JournalRecord> records);
  }

  private Optional<LiveMapping> tryOne(Part part, List<JournalRecord> records, Maker maker) {
    unused.add(part);
    try {
      LiveMapping mapping = maker.make(part, records);
      unused.removeLast();
      return Optional.of(mapping);
    } catch (Misfit e) {
      lastProblem = e.getMessage();
      lastRemedy = e.remedy;
      return Optional.empty();
    }
  }

  /**
   * What an offset in a pool has to be a multiple of: within a huge page, offsets and physical
   * addresses go together.
   */
  private long offsetAlignment() {
    long boundary =
        placement.boundaryBytes() == 0
            ? 1
            : Math.min(placement.boundaryBytes(), Long.highestOneBit(2 * lengthBytes - 1));
    return Math.min(Math.max(placement.alignmentBytes(), boundary), HugePages.BYTES);
  }

  private String wanted() {
    StringBuilder text = new StringBuilder(placement.contiguous() ? "in one piece" : "");
    add(text, placement.alignmentBytes() > 1, "aligned to " + placement.alignmentBytes());
    add(
        text,
        placement.belowAddress() != Long.MAX_VALUE,
        (translated ? "below IOVA 0x%x" : "below physical address 0x%x")
            .formatted(placement.belowAddress()));
    add(
        text,
        placement.boundaryBytes() != 0,
        "crossing no multiple of " + placement.boundaryBytes());
    placement.numaNode().ifPresent(node -> add(text, true, "on NUMA node " + node));
    return text.toString();
  }

  private static void add(StringBuilder text, boolean when, String what) {
    if (when) {
      text.append(text.isEmpty() ? "" : ", ").append(what);
    }
  }

  private String remedy() {
    if (!lastRemedy.isEmpty()) {
      return lastRemedy;
    }
    if (translated) {
      return "ask for an IOVA with at(), or make the IOAS with IoasOptions.allowing() the IOVAs"
          + " that its device can use";
    }
    if (placement.belowAddress() != Long.MAX_VALUE) {
      return "the kernel gives low memory last: start the driver early after boot, leave the host"
          + " less memory (mem= on its command line), or use a device that reaches all of it";
    }
    return lengthBytes > HugePages.BYTES
        ? "ask for at most 2 MiB in one piece, start the driver early after boot, or free memory"
        : "free memory, then have the kernel put it together: echo 1 >/proc/sys/vm/compact_memory";
  }

  /** Gives back what did not fit, or could not be mapped. */
  @Override
  public void close() {
    Closing closing = new Closing();
    unused.forEach(part -> closing.step(() -> pools.giveBack(part)));
    closing.end();
  }
}
