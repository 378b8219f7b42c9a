package io.holdfast.linux;

import static io.holdfast.uapi.MmanUapi.MAP_SHARED;
import static io.holdfast.uapi.MmanUapi.PROT_READ;
import static io.holdfast.uapi.MmanUapi.PROT_WRITE;

import io.holdfast.model.MemoryInUseException;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A shared mapping of a file or device region into this process, or a part of one.
 *
 * <p>The segment can be used by any thread until {@link #close}; afterwards an access fails with an
 * {@link IllegalStateException}, never reads what was mapped there since. Parts are closed each by
 * itself; the kernel's mapping goes with the last of them and the whole. Thread-safe.
 */
public final class MappedMemory implements AutoCloseable {
  /** What the kernel has mapped, and how many segments use it. */
  private record Mapping(
      Syscalls syscalls, String what, long address, long lengthBytes, AtomicLong users) {
    void use() {
      if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
        throw new IllegalStateException(what + " is not mapped any more");
      }
    }

    void release() {
      if (users.decrementAndGet() == 0) {
        syscalls.munmap(address, lengthBytes);
      }
    }
  }

  private final Arena arena = Arena.ofShared();
  private final Mapping mapping;
  private final MemorySegment segment;

  @SuppressWarnings(
      "restricted") // The one place where an address becomes memory; mmap has just vouched for it.
  private MappedMemory(Mapping mapping, long offsetBytes, long lengthBytes) {
    this.mapping = mapping;
    this.segment =
        MemorySegment.ofAddress(mapping.address + offsetBytes)
            .reinterpret(lengthBytes, arena, null);
  }

  static MappedMemory map(Descriptor file, long offsetBytes, long lengthBytes) {
    return map(file, 0, offsetBytes, lengthBytes);
  }

  /** At {@code hint}, if that is not 0 and free. */
  static MappedMemory map(Descriptor file, long hint, long offsetBytes, long lengthBytes) {
    String what = file.what() + ", offset " + offsetBytes + ", length " + lengthBytes;
    Syscalls syscalls = file.syscalls();
    int number = file.acquire();
    try {
      long address =
          syscalls.mmap(hint, lengthBytes, PROT_READ | PROT_WRITE, MAP_SHARED, number, offsetBytes);
      if (address < 0) {
        throw KernelErrors.of("mmap", address, what);
      }
      return new MappedMemory(
          new Mapping(syscalls, what, address, lengthBytes, new AtomicLong(1)), 0, lengthBytes);
    } finally {
      file.release();
    }
  }

  /** The memory. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * A part of it, closed by itself.
   *
   * @throws IllegalStateException if it is closed
   */
  public MappedMemory part(long offsetBytes, long lengthBytes) {
    segment.asSlice(offsetBytes, lengthBytes); // checks the range
    mapping.use();
    return new MappedMemory(
        mapping, segment.address() - mapping.address + offsetBytes, lengthBytes);
  }

  /**
   * Gives it up; a second time does nothing.
   *
   * @throws MemoryInUseException if a native call of another thread holds the segment now; it is
   *     not closed then, and can be closed again
   */
  @Override
  public synchronized void close() {
    if (forbid()) {
      mapping.release();
    }
  }

  /**
   * Forbids every further access and unmaps nothing: for the memory of a process that has died.
   * Returns false if it was forbidden before.
   *
   * @throws MemoryInUseException if a native call of another thread holds the segment now
   */
  public synchronized boolean forbid() {
    if (!arena.scope().isAlive()) {
      return false;
    }
    try {
      arena.close();
      return true;
    } catch (IllegalStateException e) {
      throw new MemoryInUseException(mapping.what, e);
    }
  }

  /** Has its pages, of which there are none yet, come from a NUMA node. */
  void preferNode(int node) {
    NumaNodes.prefer(mapping.syscalls, segment, node);
  }

  /** Advises the kernel about a part of it; 0 or {@code -errno}. */
  int advise(long offsetBytes, long lengthBytes, int advice) {
    return mapping.syscalls.madvise(segment.address() + offsetBytes, lengthBytes, advice);
  }
}
