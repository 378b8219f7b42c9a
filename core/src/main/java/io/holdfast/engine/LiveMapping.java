package io.holdfast.engine;

import io.holdfast.linux.MappedMemory;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import java.lang.foreign.MemorySegment;

/**
 * A mapping that exists now, with the memory behind it and the physical addresses that were
 * verified or found.
 *
 * <p>The engine's half of the public {@code DmaBuffer}. Reading is thread-safe and lock-free;
 * changes are guarded by the session's lock.
 */
public final class LiveMapping {
  private final LiveIoas ioas;
  private final LiveFile file;
  private final MemorySegment anonymous;
  private final boolean restored;
  private volatile MappedMemory memory;
  private boolean closed;
  private volatile MappingState state;

  /**
   * What devices address it by; null while the pages are not pinned: an address that is not pinned
   * is not handed out.
   */
  private volatile AddressTable addresses;

  /** A mapping of a part of a file. */
  LiveMapping(LiveIoas ioas, LiveFile file, MappingState state, boolean restored) {
    this(ioas, file, null, state, restored);
  }

  /** A mapping of the process's own memory. */
  LiveMapping(LiveIoas ioas, MemorySegment anonymous, MappingState state) {
    this(ioas, null, anonymous, state, false);
  }

  private LiveMapping(
      LiveIoas ioas, LiveFile file, MemorySegment anonymous, MappingState state, boolean restored) {
    this.ioas = ioas;
    this.file = file;
    this.anonymous = anonymous;
    this.state = state;
    this.restored = restored;
    revalidate();
  }

  /** A mapping of the memory of a process that has died: it is pinned, and nobody can see it. */
  static LiveMapping ofDeadProcess(LiveIoas ioas, MappingState state) {
    return new LiveMapping(ioas, null, null, state, true);
  }

  LiveIoas ioas() {
    return ioas;
  }

  LiveFile file() {
    return file;
  }

  /** What is recorded of it. */
  public MappingState state() {
    return state;
  }

  /** Where the device sees it. */
  public IovaRange iova() {
    return state.iova();
  }

  /** Whether it came over a live update. */
  public boolean isRestored() {
    return restored;
  }

  /** Takes over what is pinned now. */
  final void updateState(MappingState newState) {
    state = newState;
    addresses =
        ioas.isTranslated()
            ? AddressTable.of(newState.iova())
            : AddressTable.of(newState.extents());
  }

  /** Whether its addresses are handed out now. */
  boolean isToldOf() {
    return addresses != null;
  }

  /** Forgets the addresses, before the pages are unpinned. */
  void invalidate() {
    addresses = null;
  }

  /** Hands out the recorded addresses: the pages are pinned. */
  final void revalidate() {
    updateState(state);
  }

  /** The physical address of a byte; neither allocates nor locks. */
  public long physicalAddress(long offsetBytes) {
    return physical().address(offsetBytes);
  }

  /** The physical extents of the pages that are pinned now. */
  public ExtentList extents() {
    return physical().extents();
  }

  private AddressTable physical() {
    AddressTable table = pinned();
    if (!table.isPhysical()) {
      throw new UnsupportedOperationException(
          what()
              + " has no physical addresses: the devices of IOAS \""
              + ioas.name
              + "\" are behind an IOMMU and use IOVAs; ask for dmaAddress() or iova()");
    }
    return table;
  }

  /**
   * What devices address the pages by that are pinned now: physical addresses, or IOVAs behind an
   * IOMMU.
   *
   * @throws IllegalStateException if none are pinned
   */
  public AddressTable pinned() {
    AddressTable table = addresses;
    if (table == null) {
      throw new IllegalStateException(
          what()
              + " is not pinned: it is closed, or no device is attached to IOAS \""
              + ioas.name
              + "\"");
    }
    return table;
  }

  /** What it is, for messages. */
  String what() {
    return "buffer \"" + state.name() + "\"";
  }

  /** The memory, mapped into this process on first use; later uses neither lock nor allocate. */
  public MemorySegment segment() {
    if (anonymous != null) {
      return anonymous;
    }
    MappedMemory mapped = memory;
    return mapped != null ? mapped.segment() : mapNow();
  }

  private synchronized MemorySegment mapNow() {
    if (closed) {
      throw new IllegalStateException(what() + " is closed");
    }
    if (memory == null) {
      if (!(state.backing() instanceof MappingState.File part)) {
        throw new IllegalStateException(
            what() + " is memory of a process that has ended; close it and map it again");
      }
      memory = file.map(part.offsetBytes(), state.iova().lengthBytes());
    }
    return memory.segment();
  }

  /**
   * Ends the mapping's use: no addresses, no memory. Can be called again where it failed.
   *
   * @throws io.holdfast.model.MemoryInUseException if a native call of another thread holds the
   *     segment
   */
  synchronized void close() {
    invalidate();
    closed = true;
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }

  /** As {@link #close}, for a process that has died: the kernel has unmapped the memory. */
  synchronized void forget() {
    invalidate();
    closed = true;
    if (memory != null) {
      memory.forbid();
      memory = null;
    }
  }
}
