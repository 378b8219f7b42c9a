package io.holdfast.linux;

import static io.holdfast.uapi.MmanUapi.MAP_SHARED;
import static io.holdfast.uapi.MmanUapi.PROT_READ;
import static io.holdfast.uapi.MmanUapi.PROT_WRITE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A shared mapping of a file or device region into this process.
 *
 * <p>The segment can be used by any thread until {@link #close}; afterwards an access is an {@link
 * IllegalStateException}, never a stray read.
 */
public final class MappedMemory implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Descriptor file;
  private final long address;
  private final MemorySegment segment;

  @SuppressWarnings(
      "restricted") // The one place where an address becomes memory; mmap has just vouched for it.
  private MappedMemory(Descriptor file, long address, long lengthBytes) {
    this.file = file;
    this.address = address;
    this.segment = MemorySegment.ofAddress(address).reinterpret(lengthBytes, arena, null);
  }

  static MappedMemory map(Descriptor file, long offsetBytes, long lengthBytes) {
    long address =
        file.syscalls()
            .mmap(lengthBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), offsetBytes);
    if (address < 0) {
      throw KernelErrors.of(
          "mmap", address, file.what() + ", offset " + offsetBytes + ", length " + lengthBytes);
    }
    return new MappedMemory(file, address, lengthBytes);
  }

  /** The memory. */
  public MemorySegment segment() {
    return segment;
  }

  /** Unmaps it; a second time does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      file.syscalls().munmap(address, segment.byteSize());
    }
  }
}
