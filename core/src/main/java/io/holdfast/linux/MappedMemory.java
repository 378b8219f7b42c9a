package io.holdfast.linux;

import static io.holdfast.uapi.MmanUapi.MAP_SHARED;
import static io.holdfast.uapi.MmanUapi.PROT_READ;
import static io.holdfast.uapi.MmanUapi.PROT_WRITE;

import io.holdfast.model.MemoryInUseException;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A shared mapping of a file or device region into this process.
 *
 * <p>The segment can be used by any thread until {@link #close}; afterwards an access fails with an
 * {@link IllegalStateException}, never reads what was mapped there since. Thread-safe.
 */
public final class MappedMemory implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Syscalls syscalls;
  private final String what;
  private final long address;
  private final MemorySegment segment;

  @SuppressWarnings(
      "restricted") // The one place where an address becomes memory; mmap has just vouched for it.
  private MappedMemory(Syscalls syscalls, String what, long address, long lengthBytes) {
    this.syscalls = syscalls;
    this.what = what;
    this.address = address;
    this.segment = MemorySegment.ofAddress(address).reinterpret(lengthBytes, arena, null);
  }

  static MappedMemory map(Descriptor file, long offsetBytes, long lengthBytes) {
    String what = file.what() + ", offset " + offsetBytes + ", length " + lengthBytes;
    Syscalls syscalls = file.syscalls();
    int number = file.acquire();
    try {
      long address =
          syscalls.mmap(lengthBytes, PROT_READ | PROT_WRITE, MAP_SHARED, number, offsetBytes);
      if (address < 0) {
        throw KernelErrors.of("mmap", address, what);
      }
      return new MappedMemory(syscalls, what, address, lengthBytes);
    } finally {
      file.release();
    }
  }

  /** The memory. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Unmaps it; a second time does nothing.
   *
   * @throws MemoryInUseException if a native call of another thread holds the segment now; nothing
   *     is unmapped then, and it can be closed again
   */
  @Override
  public synchronized void close() {
    if (forbid()) {
      syscalls.munmap(address, segment.byteSize());
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
      throw new MemoryInUseException(what, e);
    }
  }
}
