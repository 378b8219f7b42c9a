package io.holdfast.journal;

import io.holdfast.serializer.Source;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The frames of one journal file in the order they were written, up to the first that is missing,
 * cut into changes.
 *
 * <p>Not thread-safe.
 */
final class BatchSequence {
  /** Findings are told one by one up to this many of a kind, then counted. */
  private static final int MAX_TOLD = 50;

  /**
   * A complete change.
   *
   * @param first its first batch
   * @param last its last batch
   * @param records how many records it says it has
   * @param source the records
   */
  record Change(long first, long last, int records, Source source) {}

  /**
   * By sequence number, less {@link #base}; the first null is a gap, and nothing after it counts.
   */
  private final FrameScan.Found[] frames;

  private final long base;
  private final int end;
  private int at;

  private BatchSequence(FrameScan.Found[] frames, long base, int start, int end) {
    this.frames = frames;
    this.base = base;
    this.end = end;
    this.at = start;
  }

  /**
   * Some batches of a file, all there and in order.
   *
   * @param first the first one's number
   */
  static BatchSequence of(List<FrameScan.Found> batches, long first) {
    return new BatchSequence(batches.toArray(FrameScan.Found[]::new), first, 0, batches.size());
  }

  /**
   * Sorts out what was found.
   *
   * @param acknowledged how many batches there have to be; -1 if that is not known
   * @param damage where to say what is missing or does not belong
   */
  static BatchSequence of(
      FrameScan scan,
      int version,
      UUID journal,
      int fileNumber,
      long acknowledged,
      List<String> damage) {
    // A number far beyond how many frames there are has a gap before it and is of no use.
    FrameScan.Found[] bySequence =
        new FrameScan.Found[scan.frames().size() + scan.broken().size() + MAX_TOLD];
    Findings findings = new Findings(damage);
    long known = 0;
    for (FrameScan.Found frame : scan.frames()) {
      if (!Frame.isOf(frame.bytes(), 0, version, journal, fileNumber)) {
        findings.foreign(frame);
        continue;
      }
      long sequence = frame.sequence();
      if (sequence < 0 || (acknowledged >= 0 && sequence >= acknowledged)) {
        continue;
      }
      known = Math.max(known, sequence + 1);
      if (sequence < bySequence.length) {
        FrameScan.Found other = bySequence[(int) sequence];
        if (other != null) {
          findings.twice(other, frame);
        } else {
          bySequence[(int) sequence] = frame;
        }
      }
    }
    long expected = acknowledged >= 0 ? acknowledged : known;
    int end = 0;
    while (end < bySequence.length && bySequence[end] != null && !findings.contradicted(end)) {
      end++;
    }
    if (end < expected) {
      findings.lost(end, expected, bySequence, scan.broken());
    } else if (acknowledged < 0) {
      findings.brokenAtEnd(expected, scan.broken());
    }
    // The header is batch 0 and no change.
    return new BatchSequence(bySequence, 0, 1, end);
  }

  /** The same frames from the start again, but none from this sequence number on. */
  BatchSequence upTo(long sequence) {
    return new BatchSequence(frames, base, 1, (int) Math.min(end, sequence));
  }

  /**
   * The next complete change; null if there is none. What was begun and never completed is passed
   * over.
   */
  Change next() {
    while (at < end) {
      int first = at;
      int length = 0;
      while (at < end && (at == first || (flags(at) & Frame.BEGIN) == 0)) {
        length = Math.addExact(length, frames[at].bytes().length - Frame.HEADER_BYTES);
        boolean complete = (flags(at) & Frame.END) != 0;
        at++;
        if (complete) {
          return change(first, at - 1, length);
        }
      }
    }
    return null;
  }

  private Change change(int first, int last, int length) {
    int records = Frame.records(frames[last].bytes(), 0);
    if (first == last) {
      byte[] bytes = frames[first].bytes();
      return new Change(
          base + first, base + last, records, new Source(bytes, Frame.HEADER_BYTES, bytes.length));
    }
    byte[] joined = new byte[length];
    int filled = 0;
    for (int i = first; i <= last; i++) {
      byte[] bytes = frames[i].bytes();
      System.arraycopy(
          bytes, Frame.HEADER_BYTES, joined, filled, bytes.length - Frame.HEADER_BYTES);
      filled += bytes.length - Frame.HEADER_BYTES;
    }
    return new Change(base + first, base + last, records, new Source(joined, 0, length));
  }

  private int flags(int index) {
    return Frame.flags(frames[index].bytes(), 0);
  }

  /** Batches by number, in words. */
  static String range(long first, long last) {
    return first == last ? "batch " + first : "batches " + first + " to " + last;
  }

  /** Says what is wrong, in bounded words. */
  private static final class Findings {
    private final List<String> damage;
    private final Set<Long> contradicted = new HashSet<>();
    private int foreign;
    private int twice;

    Findings(List<String> damage) {
      this.damage = damage;
    }

    void foreign(FrameScan.Found frame) {
      if (++foreign <= MAX_TOLD) {
        damage.add(
            "batch "
                + frame.sequence()
                + " at "
                + hex(frame.at())
                + " belongs to journal "
                + Frame.journal(frame.bytes(), 0)
                + ", file "
                + Frame.fileNumber(frame.bytes(), 0)
                + ", and was not applied");
      } else if (foreign == MAX_TOLD + 1) {
        damage.add("more batches of other journals follow and were not applied");
      }
    }

    void twice(FrameScan.Found one, FrameScan.Found other) {
      boolean same = Arrays.equals(one.bytes(), other.bytes());
      if (!same) {
        contradicted.add(one.sequence());
      }
      if (++twice <= MAX_TOLD) {
        damage.add(
            "batch "
                + one.sequence()
                + " is there twice, at "
                + hex(one.at())
                + " and "
                + hex(other.at())
                + (same ? ", the same" : ", with different content"));
      } else if (twice == MAX_TOLD + 1) {
        damage.add("more batches are there twice");
      }
    }

    boolean contradicted(long sequence) {
      return contradicted.contains(sequence);
    }

    void lost(int end, long expected, FrameScan.Found[] bySequence, List<FrameScan.Broken> broken) {
      long from = end;
      int told = 0;
      for (long sequence = end; sequence <= expected && told <= MAX_TOLD; sequence++) {
        boolean there =
            sequence == expected
                || (sequence < bySequence.length && bySequence[(int) sequence] != null);
        if (!there && sequence >= bySequence.length) {
          sequence = expected;
          there = true;
        }
        if (there) {
          if (from < sequence) {
            damage.add(
                told++ < MAX_TOLD
                    ? "missing or damaged: " + range(from, sequence - 1)
                    : "more batches are missing or damaged");
          }
          from = sequence + 1;
        }
      }
      damage.add(
          "of "
              + expected
              + " batches the first "
              + end
              + " were applied, and everything after them is lost");
      if (!broken.isEmpty()) {
        damage.add(
            "damaged batches lie at "
                + JournalReader.describe(broken.stream().map(b -> b.at()).toList()));
      }
    }

    void brokenAtEnd(long expected, List<FrameScan.Broken> broken) {
      if (!broken.isEmpty()) {
        damage.add(
            "after batch "
                + (expected - 1)
                + " there are incomplete or damaged ones at "
                + JournalReader.describe(broken.stream().map(b -> b.at()).toList()));
      }
    }

    private static String hex(long at) {
      return "0x" + Long.toHexString(at);
    }
  }
}
