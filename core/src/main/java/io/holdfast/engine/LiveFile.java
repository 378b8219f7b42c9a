package io.holdfast.engine;

import io.holdfast.linux.FileIdentity;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.BackingFile;
import io.holdfast.model.Extensions;
import io.holdfast.sys.Closing;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * A memfd of the session that is open now: the engine's half of the public {@code DmaFile}. Guarded
 * by the session's lock; reading and mapping are thread-safe.
 */
public final class LiveFile {
  final Memfd memfd;
  private volatile BackingFile state;

  /** Which file it is, asked for once: a descriptor's does not change. */
  private FileIdentity identity;

  /** All of it, mapped once for all buffers that are cut from it. */
  private MappedMemory whole;

  LiveFile(Memfd memfd, BackingFile state) {
    this.memfd = memfd;
    this.state = state;
  }

  /** What is recorded of it. */
  public BackingFile state() {
    return state;
  }

  long token() {
    return state.token();
  }

  /** What tells it from every other file of this boot. */
  synchronized FileIdentity identity() {
    if (identity == null) {
      identity = memfd.identity();
    }
    return identity;
  }

  /** Whether the session made it, to cut buffers from. */
  boolean isPool() {
    return state.origin() == BackingFile.Origin.POOL;
  }

  /** As a file that is mapped already, all of it. */
  synchronized LiveFile mapped(MappedMemory memory) {
    whole = memory;
    return this;
  }

  /**
   * A part of it in this process. The session's own memory is mapped once, whatever the number of
   * buffers: a process has no more than 65,530 mappings.
   */
  synchronized MappedMemory map(long offsetBytes, long lengthBytes) {
    return isPool()
        ? mappedWhole().part(offsetBytes, lengthBytes)
        : memfd.map(offsetBytes, lengthBytes);
  }

  /** All of it, until it is closed. */
  synchronized MemorySegment whole() {
    return mappedWhole().segment();
  }

  private MappedMemory mappedWhole() {
    if (whole == null) {
      whole = memfd.map(0, state.sizeBytes());
    }
    return whole;
  }

  /** Forbids all access to what is mapped: the process it was in has died. */
  synchronized void forget() {
    if (whole != null) {
      whole.forbid();
      whole = null;
    }
  }

  /** Gives up the mapping and the descriptor; what buffers still have stays mapped. */
  void close() {
    new Closing().step(this::unmap).step(memfd::close).end();
  }

  private synchronized void unmap() {
    if (whole != null) {
      whole.close();
      whole = null;
    }
  }

  /** As a file that has this size. */
  LiveFile withSize(long sizeBytes) {
    if (sizeBytes != state.sizeBytes()) {
      state = with(sizeBytes, OptionalLong.empty(), state.extensions());
    }
    return this;
  }

  /** Records with it what the kernel calls it. */
  void identify() {
    state =
        with(state.sizeBytes(), state.crc32c(), KernelIds.ofFile(state.extensions(), identity()));
  }

  private BackingFile with(long sizeBytes, OptionalLong crc32c, Extensions extensions) {
    return new BackingFile(
        state.token(), state.name(), sizeBytes, state.origin(), crc32c, extensions);
  }
}
