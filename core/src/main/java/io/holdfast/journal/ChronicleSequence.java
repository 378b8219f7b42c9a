package io.holdfast.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.hash.serialization.SizedReader;
import net.openhft.chronicle.hash.serialization.SizedWriter;
import net.openhft.chronicle.hash.serialization.impl.EnumMarshallable;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapAbsentEntry;
import net.openhft.chronicle.wire.WireType;
import net.openhft.chronicle.wire.WriteMarshallable;

/**
 * A Chronicle Map used as an insert-only sequence of frames; the only class that knows Chronicle,
 * but for {@link ChroniclePosix}.
 *
 * <p>The map has one segment with one tier, which Chronicle fills from front to back: the pages of
 * a mapped file cost most when they are touched for the first time, and least in order. This class
 * counts what is in the tier and says beforehand when a frame does not fit, so that Chronicle never
 * has to allocate an extra one (that is also forbidden to it). Chronicle's own checksums are off,
 * since a frame has its own and nobody would look at the others. The file's blocks are reserved
 * when it is created ({@link ChroniclePosix}), so a full disk is an error here and never a SIGBUS
 * later. Not thread-safe.
 */
final class ChronicleSequence implements FrameStore {
  static {
    // Unless these say otherwise, Chronicle greets on the console and looks for its analytics
    // library.
    System.setProperty("chronicle.announcer.disable", "true");
    System.setProperty("chronicle.analytics.disable", "true");
    ChroniclePosix.install();
  }

  private static final int CHUNK_BYTES = 64;

  /**
   * Bytes of tier for each entry that the segment's hash lookup has room for; a frame and its key
   * are hardly smaller.
   */
  private static final int TIER_BYTES_PER_ENTRY = 128;

  /** Key (8), value size (a stop-bit number of up to 3 bytes here), and some to spare. */
  private static final int ENTRY_OVERHEAD_BYTES = 16;

  /** Room for some of the largest frames. */
  private static final long MIN_TIER_BYTES = 8L * Frame.MAX_BYTES;

  /** A tier has at most 2^30 chunks in Chronicle; a journal stays far below. */
  private static final long MAX_TIER_BYTES = 1L << 32;

  /** Copies a frame into the map; nothing is ever read through the map. */
  private static final class ValueMarshaller
      implements SizedReader<Place>, SizedWriter<Place>, EnumMarshallable<ValueMarshaller> {
    /** Chronicle finds it by this name. */
    static final ValueMarshaller INSTANCE = new ValueMarshaller();

    @Override
    public long size(Place value) {
      return value.length;
    }

    @Override
    @SuppressWarnings("rawtypes") // as Chronicle declares it
    public void write(Bytes out, long size, Place value) {
      out.write(value.bytes, value.at, value.length);
    }

    @Override
    @SuppressWarnings("rawtypes") // as Chronicle declares it
    public Place read(Bytes in, long size, Place using) {
      throw new UnsupportedOperationException("frames are read from the file");
    }

    @Override
    public ValueMarshaller readResolve() {
      return INSTANCE;
    }
  }

  private final ChronicleMap<Long, Place> map;
  private long usedChunks;
  private long entries;
  private final long maxChunks;
  private final long maxEntries;

  private ChronicleSequence(ChronicleMap<Long, Place> map, long tierBytes) {
    this.map = map;
    this.maxChunks = tierBytes / CHUNK_BYTES;
    this.maxEntries = tierBytes / TIER_BYTES_PER_ENTRY;
  }

  /**
   * Lays out a map in an empty file.
   *
   * @param contentBytes how many bytes of frames it should at least have room for
   * @throws IOException if there is no room on the disk, the file cannot be written, or no map can
   *     be that large
   */
  static ChronicleSequence create(Path emptyFile, long contentBytes) throws IOException {
    ChronicleFlags.check();
    // A frame of n bytes takes up to n + overhead + a chunk.
    long tierBytes = Math.max(MIN_TIER_BYTES, contentBytes);
    tierBytes = (tierBytes + 4095) / 4096 * 4096;
    if (tierBytes > MAX_TIER_BYTES) {
      throw new IOException(
          "a journal of " + contentBytes + " bytes; at most " + MAX_TIER_BYTES + " are possible");
    }
    try {
      return new ChronicleSequence(lay(emptyFile, tierBytes), tierBytes);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static ChronicleMap<Long, Place> lay(Path emptyFile, long tierBytes) throws IOException {
    return builder(tierBytes).createPersistedTo(emptyFile.toFile());
  }

  private static ChronicleMapBuilder<Long, Place> builder(long tierBytes) {
    return ChronicleMapBuilder.of(Long.class, Place.class)
        .name("holdfast-journal")
        .valueMarshallers(ValueMarshaller.INSTANCE, ValueMarshaller.INSTANCE)
        .sparseFile(false)
        // A driver may seal its session in a shutdown hook; the map must not be closed under
        // it.
        .skipCloseOnExitHook(true)
        .allowSegmentTiering(false)
        .actualSegments(1)
        .checksumEntries(false)
        .entriesPerSegment(tierBytes / TIER_BYTES_PER_ENTRY)
        .actualChunkSize(CHUNK_BYTES)
        .actualChunksPerSegmentTier(tierBytes / CHUNK_BYTES);
  }

  /**
   * Uses a map that lies in memory once, and describes it as in the header of a file, so that the
   * next one finds nearly all of its classes loaded. Nothing of the host's is used but memory.
   */
  static void load() {
    ChronicleFlags.check();
    Place frame = new Place();
    ChronicleMap<Long, Place> map = builder(MIN_TIER_BYTES).create();
    try (ChronicleSequence scratch = new ChronicleSequence(map, MIN_TIER_BYTES)) {
      scratch.insert(0, frame);
      if (map instanceof WriteMarshallable described) {
        WireType.TEXT.asString(described);
      }
    }
  }

  @Override
  public boolean hasRoomFor(int frameBytes) {
    return usedChunks + chunks(frameBytes) <= maxChunks && entries < maxEntries;
  }

  @Override
  public boolean isFilledTo(int permille) {
    return usedChunks * 1000 > maxChunks * permille || entries * 1000 > maxEntries * permille;
  }

  private static int chunks(int frameBytes) {
    return (ENTRY_OVERHEAD_BYTES + frameBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
  }

  @Override
  public void insert(long sequence, Place frame) {
    try (ExternalMapQueryContext<Long, Place, ?> query = map.queryContext(sequence)) {
      query.updateLock().lock();
      MapAbsentEntry<Long, Place> absent = query.absentEntry();
      if (absent == null) {
        throw new IllegalStateException("sequence number " + sequence + " is taken");
      }
      query.insert(absent, query.wrapValueAsData(frame));
    }
    usedChunks += chunks(frame.length);
    entries++;
  }

  @Override
  public void close() {
    map.close();
  }
}
