package io.holdfast.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * An open file.
 *
 * <p>An interrupt of the thread neither ends nor fails an operation; the flag is still set when it
 * returns. Thread-safe; offsets and lengths are in bytes.
 */
public interface DiskFile extends AutoCloseable {
  /** How long it is now. */
  long sizeBytes() throws IOException;

  /**
   * Reads into the buffer until it is full or the file ends.
   *
   * @param at where to begin
   */
  void read(ByteBuffer into, long at) throws IOException;

  /** Writes all of the buffer. */
  void write(ByteBuffer from, long at) throws IOException;

  /**
   * Where the next byte is that does not lie in a hole, at this offset or behind it; the size if
   * there is none. Where holes are not known, the offset itself.
   */
  long dataAt(long at) throws IOException;

  /** Whether a part of it has never been written, so that it takes no room on the disk. */
  boolean hasHoles() throws IOException;

  /**
   * Maps a part of it, shared, for reading and writing.
   *
   * @param at a multiple of the page size
   * @param arena how long it stays mapped; not a confined one
   */
  MemorySegment map(long at, long bytes, Arena arena) throws IOException;

  /**
   * Makes what has been written or stored into the mapped file survive a power cut.
   *
   * @param metadata whether everything about the file too, not just what is needed to read it
   */
  void force(boolean metadata) throws IOException;

  /** Closes it; nothing is buffered here, so nothing can be lost by that. */
  @Override
  void close();
}
