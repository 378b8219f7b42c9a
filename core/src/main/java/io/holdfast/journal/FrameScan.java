package io.holdfast.journal;

import io.holdfast.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Finds the frames in a file, wherever they are, by nothing but their magic and their checksum.
 *
 * <p>The file is read once from front to back, not mapped: a mapped file that somebody cuts short
 * takes the JVM with it. Where frames are kept, they take at most the file's size. Not thread-safe.
 */
final class FrameScan {
  /** A frame whose checksum is right. */
  static final class Found {
    private final long at;
    private final byte[] bytes;

    Found(long at, byte[] bytes) {
      this.at = at;
      this.bytes = bytes;
    }

    /** Where in the file it starts. */
    long at() {
      return at;
    }

    /** The whole frame; not to be changed. */
    byte[] bytes() {
      return bytes;
    }

    long sequence() {
      return Frame.sequence(bytes, 0);
    }
  }

  /**
   * Something that starts like a frame and is none.
   *
   * @param at where in the file it starts
   * @param sequence what stands in its sequence field
   */
  record Broken(long at, long sequence) {}

  /** Told of each valid frame in the order of the file. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Looks at the frame that lies at {@code buffer[offset]}, which is valid during the call only.
     *
     * @param at where in the file it starts
     * @return whether to go on
     */
    boolean frame(long at, byte[] buffer, int offset, int length);
  }

  private static final int CHUNK_BYTES = 1 << 20;

  /** What room is compared with, which the JVM does faster than a word at a time. */
  private static final byte[] ZEROES = new byte[4096];

  /**
   * After so many broken frames the rest of the file is not looked at: each costs a checksum of up
   * to 32 KiB, and a file could be made of nothing else.
   */
  private static final int MAX_BROKEN = 10_000;

  /** Holes are only looked for in files that are larger than what is read in no time. */
  private static final long LARGE_BYTES = 64L << 20;

  private final List<Found> frames = new ArrayList<>();
  private final List<Broken> broken = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private final boolean large;
  private final byte[] buffer;

  /**
   * The buffer by words: until the JVM has compiled the search, a VarHandle takes ten times as
   * long.
   */
  private final ByteBuffer words;

  private String beginning = "";
  private boolean onlyZeroes = true;

  /** Whether there was nothing but zeroes in the buffer the last time. */
  private boolean zeroes;

  private int newerVersion;
  private boolean gaveUp;
  private boolean stopped;

  private FrameScan(DiskFile file) throws IOException {
    long bytes = file.sizeBytes();
    large = bytes > LARGE_BYTES;
    buffer = new byte[(int) Math.min(CHUNK_BYTES, bytes) + Frame.MAX_BYTES];
    words = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Finds every frame and keeps it. */
  static FrameScan of(DiskFile file) throws IOException {
    FrameScan scan = new FrameScan(file);
    scan.run(file, 0, scan::keep);
    return scan;
  }

  /** As {@link #of}, of what lies behind an offset, up to the frame with a number. */
  static FrameScan from(DiskFile file, long at, long lastSequence) throws IOException {
    FrameScan scan = new FrameScan(file);
    scan.run(
        file,
        at,
        (frameAt, buffer, offset, length) ->
            scan.keep(frameAt, buffer, offset, length)
                && Frame.sequence(buffer, offset) != lastSequence);
    return scan;
  }

  /** Shows every frame to a visitor and keeps none. */
  static void visit(DiskFile file, Visitor visitor) throws IOException {
    new FrameScan(file).run(file, 0, visitor);
  }

  private boolean keep(long at, byte[] buffer, int offset, int length) {
    frames.add(new Found(at, Arrays.copyOfRange(buffer, offset, offset + length)));
    return true;
  }

  List<Found> frames() {
    return frames;
  }

  List<Broken> broken() {
    return broken;
  }

  boolean onlyZeroes() {
    return onlyZeroes;
  }

  /** The file's first bytes, as Latin-1. */
  String beginning() {
    return beginning;
  }

  /** The newest format version found that this Holdfast does not know; 0 if there is none. */
  int newerVersion() {
    return newerVersion;
  }

  /** Whether there was too much damage to look at the rest of the file. */
  boolean gaveUp() {
    return gaveUp;
  }

  private void run(DiskFile file, long from, Visitor visitor) throws IOException {
    long bufferAt = from;
    int filled = 0;
    while (true) {
      ByteBuffer rest = ByteBuffer.wrap(buffer, filled, buffer.length - filled);
      file.read(rest, bufferAt + filled);
      filled = rest.position();
      boolean end = rest.hasRemaining();
      if (bufferAt == 0 && beginning.isEmpty() && filled > 0) {
        beginning = new String(buffer, 0, Math.min(filled, 256), StandardCharsets.ISO_8859_1);
      }
      int done = scan(bufferAt, filled, end, visitor);
      if (end || stopped) {
        return;
      }
      System.arraycopy(buffer, done, buffer, 0, filled - done);
      bufferAt += done;
      filled -= done;
      if (zeroes && large) {
        // Room that was never written, or what somebody made without writing it.
        long data = file.dataAt(bufferAt);
        if (data > bufferAt + filled) {
          bufferAt = data;
          filled = 0;
        }
      }
    }
  }

  /**
   * Looks through the buffer; answers how much of it is done with, which leaves less than one
   * frame.
   */
  private int scan(long bufferAt, int filled, boolean end, Visitor visitor) {
    int at = 0;
    zeroes = true;
    while (at + 8 <= filled && !stopped) {
      long word = words.getLong(at);
      if (word == 0) {
        at += zeroWords(at, filled);
        continue;
      }
      onlyZeroes = false;
      zeroes = false;
      if (word != Frame.MAGIC) {
        at++;
        continue;
      }
      if (!end && filled - at < Frame.MAX_BYTES) {
        return at;
      }
      at += frame(bufferAt, at, filled, visitor);
    }
    for (int i = at; end && i < filled; i++) {
      onlyZeroes &= buffer[i] == 0;
    }
    return Math.min(at, filled);
  }

  /** How many bytes of whole words from a word of zeroes on are zero; as many as are looked at. */
  private int zeroWords(int at, int filled) {
    int length = Math.min(ZEROES.length, filled - at);
    int other = Arrays.mismatch(buffer, at, at + length, ZEROES, 0, length);
    return Math.max(8, (other < 0 ? length : other) & -8);
  }

  /** Judges what starts with a magic; answers how far to go on. */
  private int frame(long bufferAt, int at, int filled, Visitor visitor) {
    int left = filled - at;
    if (left >= Frame.HEADER_BYTES) {
      int length = Frame.length(buffer, at);
      if (length >= Frame.HEADER_BYTES
          && length <= Math.min(left, Frame.MAX_BYTES)
          && Frame.checksum(buffer, at, length, crc) == Frame.crc(buffer, at)) {
        int version = Frame.version(buffer, at);
        if (version >= 1 && version <= Frame.VERSION) {
          stopped = !visitor.frame(bufferAt + at, buffer, at, length);
        } else {
          newerVersion = Math.max(newerVersion, version);
        }
        return length;
      }
    }
    if (broken.size() == MAX_BROKEN) {
      gaveUp = true;
      stopped = true;
      return 1;
    }
    broken.add(
        new Broken(bufferAt + at, left >= Frame.HEADER_BYTES ? Frame.sequence(buffer, at) : -1));
    return 1;
  }
}
