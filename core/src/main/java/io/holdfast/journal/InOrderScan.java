package io.holdfast.journal;

import io.holdfast.disk.DiskFile;
import io.holdfast.serializer.Source;
import java.io.IOException;
import java.util.Arrays;
import java.util.UUID;

/**
 * Reads a file whose batches lie in it in the order in which they were written, as they do in every
 * file that nothing happened to: in one pass, keeping none of them.
 *
 * <p>It answers whether that worked. Where anything is out of the ordinary it gives up, and {@link
 * BatchSequence} has to find out what. Used once, by one thread.
 */
final class InOrderScan implements FrameScan.Visitor {
  /** Takes what is found. */
  interface Changes {
    /**
     * The header, before any change; answers how many batches have to be there, or -1 to give up.
     *
     * @param source the header's payload
     */
    long header(int version, UUID journal, int fileNumber, Source source);

    /**
     * A complete change.
     *
     * @param records how many records it says it has
     * @param source the records, valid during the call only
     */
    void change(int records, Source source);
  }

  private final Changes changes;
  private final boolean toEnd;
  private int version;
  private UUID journal;
  private int fileNumber;
  private long expected = Long.MAX_VALUE;
  private long next;
  private boolean inOrder = true;

  /** A change that takes several batches, as far as it has come. */
  private byte[] joined = new byte[0];

  private int joinedBytes;
  private boolean begun;

  private InOrderScan(Changes changes, boolean toEnd) {
    this.changes = changes;
    this.toEnd = toEnd;
  }

  /** Whether everything was in order; if not, what the changes were told is not to be used. */
  static boolean run(DiskFile file, Changes changes) throws IOException {
    return run(file, changes, true);
  }

  /**
   * As {@link #run}, up to the last batch that has to be there: what lies behind it, which is
   * mostly room, was never acknowledged or is there twice.
   */
  static boolean runToLast(DiskFile file, Changes changes) throws IOException {
    return run(file, changes, false);
  }

  private static boolean run(DiskFile file, Changes changes, boolean toEnd) throws IOException {
    InOrderScan scan = new InOrderScan(changes, toEnd);
    FrameScan.visit(file, scan);
    return scan.inOrder && scan.next == scan.expected && !scan.begun;
  }

  @Override
  public boolean frame(long at, byte[] buffer, int offset, int length) {
    try {
      inOrder = take(buffer, offset, length);
    } catch (IllegalArgumentException e) {
      inOrder = false;
    }
    return inOrder && (toEnd || next < expected);
  }

  private boolean take(byte[] buffer, int offset, int length) {
    Source payload = new Source(buffer, offset + Frame.HEADER_BYTES, offset + length);
    long sequence = Frame.sequence(buffer, offset);
    if (next == 0) {
      if (sequence != 0) {
        return false;
      }
      version = Frame.version(buffer, offset);
      journal = Frame.journal(buffer, offset);
      fileNumber = Frame.fileNumber(buffer, offset);
      expected = changes.header(version, journal, fileNumber, payload);
      next = 1;
      return expected > 0;
    }
    if (!Frame.isOf(buffer, offset, version, journal, fileNumber)) {
      return false;
    }
    if (sequence >= expected) {
      // Never acknowledged.
      return true;
    }
    if (sequence != next) {
      return false;
    }
    next++;
    return change(Frame.flags(buffer, offset), Frame.records(buffer, offset), payload);
  }

  private boolean change(int flags, int records, Source payload) {
    boolean begins = (flags & Frame.BEGIN) != 0;
    boolean ends = (flags & Frame.END) != 0;
    if (begins && ends) {
      begun = false;
      changes.change(records, payload);
      return true;
    }
    if (begins) {
      begun = true;
      joinedBytes = 0;
    }
    if (!begun) {
      return false;
    }
    join(payload);
    if (ends) {
      begun = false;
      changes.change(records, new Source(joined, 0, joinedBytes));
    }
    return true;
  }

  private void join(Source payload) {
    int length = payload.remaining();
    int wanted = Math.addExact(joinedBytes, length);
    if (wanted > joined.length) {
      joined = Arrays.copyOf(joined, Math.max(wanted, 2 * joined.length));
    }
    System.arraycopy(payload.array(), payload.position(), joined, joinedBytes, length);
    joinedBytes = wanted;
  }
}
