package io.holdfast;

import io.holdfast.engine.LiveIoas;
import io.holdfast.engine.SessionEngine;
import io.holdfast.model.IovaWindow;
import io.holdfast.session.MapOptions;
import io.holdfast.session.UsableIovas;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * An I/O address space (IOAS): named buffers, each mapped at an IOVA, for the devices attached to
 * it.
 *
 * <p>A device must be attached before a buffer is made, because the kernel pins pages, and physical
 * addresses mean something, only then. Thread-safe.
 */
public final class Ioas {
  private final SessionEngine engine;
  private final LiveIoas ioas;

  Ioas(SessionEngine engine, LiveIoas ioas) {
    this.engine = engine;
    this.ioas = ioas;
  }

  /** Its name within the session. */
  public String name() {
    return ioas.name();
  }

  /** The windows that the kernel chooses IOVAs from, as it was made; none for all. */
  public List<IovaWindow> allowedIovas() {
    return ioas.options().allowedIovas();
  }

  /**
   * The IOVAs that can be mapped with the devices that are attached now, asked of the kernel: what
   * none of them reserves.
   */
  public UsableIovas usableIovas() {
    return engine.usableIovas(ioas);
  }

  /** The buffer of this name: the restored one, or a new one at an IOVA the kernel chooses. */
  public DmaBuffer buffer(String bufferName, long lengthBytes) {
    return buffer(bufferName, lengthBytes, MapOptions.defaults());
  }

  /**
   * The buffer of this name: the restored one, or a new one, zeroed, cut from the session's own
   * memory. Its length is rounded up to pages. A restored buffer must have been made with the same
   * length.
   */
  public DmaBuffer buffer(String bufferName, long lengthBytes, MapOptions options) {
    return new DmaBuffer(engine, engine.buffer(ioas, bufferName, lengthBytes, options));
  }

  /**
   * A part of the driver's own memfd, at page-aligned offset and length: the restored mapping, or a
   * new one.
   */
  public DmaBuffer map(
      String bufferName, DmaFile file, long offsetBytes, long lengthBytes, MapOptions options) {
    return new DmaBuffer(
        engine, engine.map(ioas, bufferName, file.live(), offsetBytes, lengthBytes, options));
  }

  /**
   * The memory of another buffer of the session once more, whole, at an IOVA of its own: in another
   * IOAS, so that the devices of both see it, or twice in one. The restored mapping, or a new one.
   *
   * <p>Both are buffers in their own right: either can be closed first, and the memory is freed
   * with the last.
   *
   * @throws io.holdfast.session.SessionException if it is memory of the process
   */
  public DmaBuffer copy(String bufferName, DmaBuffer source, MapOptions options) {
    return new DmaBuffer(engine, engine.copy(ioas, bufferName, source.mapping(), options));
  }

  /**
   * Maps page-aligned native memory of this process. No live update preserves it, so {@code
   * preserve()} refuses unless the options declare it transient.
   */
  public DmaBuffer mapAnonymous(String bufferName, MemorySegment memory, MapOptions options) {
    return new DmaBuffer(engine, engine.mapAnonymous(ioas, bufferName, memory, options));
  }

  /** The buffer of this name, if there is one. */
  public Optional<DmaBuffer> find(String bufferName) {
    return engine.find(ioas, bufferName).map(mapping -> new DmaBuffer(engine, mapping));
  }

  /** All buffers, in the order they were made. */
  public List<DmaBuffer> buffers() {
    return engine.mappings(ioas).stream().map(mapping -> new DmaBuffer(engine, mapping)).toList();
  }

  LiveIoas live() {
    return ioas;
  }
}
