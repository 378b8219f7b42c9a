package io.holdfast.journal;

import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapAbsentEntry;

/**
 * A Chronicle Map used as an insert-only sequence of frames; the only class that knows Chronicle.
 *
 * <p>The map has a fixed number of segments, each of one tier of a fixed size. Which segment a
 * sequence number goes to is its hash, so they do not fill evenly; this class counts what is in
 * each and says beforehand when a frame does not fit, so that Chronicle never has to allocate an
 * extra tier (that is also forbidden to it). The file's blocks are reserved when it is created
 * (posix_fallocate), so a full disk is an error here and never a SIGBUS later. Not thread-safe.
 */
final class ChronicleSequence implements AutoCloseable {
  static {
    // Unless these say otherwise, Chronicle greets on the console and looks for its analytics
    // library.
    System.setProperty("chronicle.announcer.disable", "true");
    System.setProperty("chronicle.analytics.disable", "true");
  }

  private static final int SEGMENTS = 64;
  private static final int CHUNK_BYTES = 64;

  /**
   * Bytes of tier for each entry that the segment's hash lookup has room for; a frame and its key
   * are hardly smaller.
   */
  private static final int TIER_BYTES_PER_ENTRY = 128;

  /**
   * Key (8), value size (a stop-bit number of up to 3 bytes here), checksum (4), and a byte to
   * spare.
   */
  private static final int ENTRY_OVERHEAD_BYTES = 16;

  /** Room in a segment for four of the largest frames. */
  private static final long MIN_TIER_BYTES = 4L * Frame.MAX_BYTES;

  /** A tier has at most 2^30 chunks in Chronicle; a journal stays far below. */
  private static final long MAX_TIER_BYTES = 1L << 26;

  private final ChronicleMap<Long, byte[]> map;
  private final long[] usedChunks = new long[SEGMENTS];
  private final long[] entries = new long[SEGMENTS];
  private final long maxChunks;
  private final long maxEntries;

  private ChronicleSequence(ChronicleMap<Long, byte[]> map, long tierBytes) {
    this.map = map;
    this.maxChunks = tierBytes / CHUNK_BYTES;
    this.maxEntries = tierBytes / TIER_BYTES_PER_ENTRY;
  }

  /**
   * Lays out a map in an empty file.
   *
   * @param contentBytes how many bytes of frames it should at least have room for
   * @throws IOException if there is no room on the disk, or the file cannot be written
   * @throws IllegalArgumentException if no map can be that large
   */
  static ChronicleSequence create(Path emptyFile, long contentBytes) throws IOException {
    // A frame of n bytes takes up to n + overhead + a chunk; frames of the largest size fall
    // unevenly on the segments.
    long tierBytes = Math.max(MIN_TIER_BYTES, contentBytes / SEGMENTS + MIN_TIER_BYTES / 2);
    tierBytes = (tierBytes + 4095) / 4096 * 4096;
    if (tierBytes > MAX_TIER_BYTES) {
      throw new IllegalArgumentException(
          "a journal of "
              + contentBytes
              + " bytes; at most "
              + SEGMENTS * MAX_TIER_BYTES
              + " are possible");
    }
    ChronicleMap<Long, byte[]> map =
        ChronicleMapBuilder.of(Long.class, byte[].class)
            .name("holdfast-journal")
            .sparseFile(false)
            // A driver may seal its session in a shutdown hook; the map must not be closed under
            // it.
            .skipCloseOnExitHook(true)
            .allowSegmentTiering(false)
            .actualSegments(SEGMENTS)
            .entriesPerSegment(tierBytes / TIER_BYTES_PER_ENTRY)
            .actualChunkSize(CHUNK_BYTES)
            .actualChunksPerSegmentTier(tierBytes / CHUNK_BYTES)
            .createPersistedTo(emptyFile.toFile());
    return new ChronicleSequence(map, tierBytes);
  }

  /**
   * Adds a frame.
   *
   * @return whether there was room; if not, nothing was changed
   */
  boolean insert(long sequence, byte[] frame) {
    int chunks = (frame.length + ENTRY_OVERHEAD_BYTES + CHUNK_BYTES - 1) / CHUNK_BYTES;
    try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(sequence)) {
      int segment = query.segmentIndex();
      if (usedChunks[segment] + chunks > maxChunks || entries[segment] == maxEntries) {
        return false;
      }
      query.updateLock().lock();
      MapAbsentEntry<Long, byte[]> absent = query.absentEntry();
      if (absent == null) {
        throw new IllegalStateException("sequence number " + sequence + " is taken");
      }
      query.insert(absent, query.wrapValueAsData(frame));
      usedChunks[segment] += chunks;
      entries[segment]++;
      return true;
    }
  }

  @Override
  public void close() {
    map.close();
  }
}
