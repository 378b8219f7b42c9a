package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.disk.FileErrors;
import io.holdfast.journal.HeaderCodec.Header;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Reads a journal from its raw file.
 *
 * <p>Takes no lock, waits for nothing and loads no class of Chronicle, so it works on the file of a
 * process that was killed, on a damaged one, and on one that is being written at this moment: it
 * then sees what had been acknowledged when it began. A batch counts if its checksum is right and
 * every batch before it is there; what comes after a gap is not applied, and said to be lost.
 * Thread-safe.
 */
public final class JournalReader {
  /** Larger files are not journals; a journal stays below (see {@link ChronicleSequence}). */
  private static final long MAX_FILE_BYTES = 3L << 31;

  private static final String CHRONICLE_MARK = "net.openhft.chronicle.map";

  private JournalReader() {}

  /**
   * What one pass over a file found out.
   *
   * @param format the format the file is in
   * @param fileNumber which file of its journal it is
   */
  record Reading(
      int format,
      JournalHeader header,
      int fileNumber,
      JournalFold fold,
      long batches,
      List<String> damage) {
    JournalContents contents() {
      return new JournalContents(format, header, fold.state(), fold.seal(), batches, damage);
    }
  }

  /** Whose a journal is, and in which format. */
  record Outline(int format, JournalHeader header) {}

  /**
   * Reads whose journal a file is, and that all of it is there: the checksum of everything that was
   * acknowledged, no record.
   *
   * @return nothing if anything is out of the ordinary; {@link #scan(Disk, Path)} finds out what
   * @throws JournalException as {@link #read}, but for damage
   */
  static Optional<Outline> outline(Disk disk, Path file) {
    return with(
        disk,
        file,
        input -> {
          long fileBytes = input.sizeBytes();
          if (fileBytes == 0 || fileBytes > MAX_FILE_BYTES) {
            return Optional.empty();
          }
          InOrderOutline outline =
              new InOrderOutline(fileBytes, page(input, fileBytes - Tail.BYTES));
          return InOrderScan.runToLast(input, outline)
              ? Optional.of(outline.outline())
              : Optional.empty();
        });
  }

  /**
   * Reads a journal.
   *
   * @throws JournalMissingException if there is nothing at the path
   * @throws JournalAccessException if others than its owner can change it, or it is not a plain
   *     file
   * @throws JournalEmptyException if it is empty or zeroed
   * @throws JournalForeignException if it is something else
   * @throws JournalTooNewException if a newer Holdfast wrote it
   * @throws JournalDamagedException if not even its header could be read
   * @throws JournalIoException if the file system fails
   */
  public static JournalContents read(Path file) {
    return scan(Disk.local(), file).contents();
  }

  static Reading scan(Disk disk, Path file) {
    return with(disk, file, input -> scan(file, input));
  }

  private interface Look<T> {
    T at(DiskFile input) throws IOException;
  }

  private static <T> T with(Disk disk, Path file, Look<T> look) {
    PrivateFiles.checkFile(file, true);
    try (DiskFile input = disk.open(file, false)) {
      return look.at(input);
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot read " + file + " (" + FileErrors.describe(e) + ")",
          "check the disk and the path",
          e);
    }
  }

  /** As {@link #scan(Disk, Path)}, of a file that is open. */
  static Reading scan(Path file, DiskFile input) throws IOException {
    long fileBytes = input.sizeBytes();
    if (fileBytes == 0) {
      throw new JournalEmptyException(file + " is empty", "remove it to start afresh");
    }
    if (fileBytes > MAX_FILE_BYTES) {
      throw new JournalForeignException(
          file + " is not a Holdfast journal: none is as large as " + fileBytes + " bytes",
          "check the path");
    }
    // The count is read before the frames: batches that are acknowledged meanwhile are not
    // expected.
    byte[] lastPage = page(input, fileBytes - Tail.BYTES);
    Optional<Reading> inOrder = InOrderReading.of(input, fileBytes, lastPage);
    return inOrder.isPresent() ? inOrder.get() : inspect(file, input, fileBytes, lastPage);
  }

  /** Finds out what is wrong with a file, and what of it is not. */
  private static Reading inspect(Path file, DiskFile input, long fileBytes, byte[] lastPage)
      throws IOException {
    FrameScan scan = FrameScan.of(input);
    FrameScan.Found headerFrame = headerFrame(file, fileBytes, scan);
    UUID journal = Frame.journal(headerFrame.bytes(), 0);
    int fileNumber = Frame.fileNumber(headerFrame.bytes(), 0);
    int format = Frame.version(headerFrame.bytes(), 0);
    Header header = header(file, journal, headerFrame);

    List<String> damage = new ArrayList<>();
    byte[] tail = lastPage;
    if (header.fileBytes() != fileBytes) {
      damage.add(
          "the file is "
              + fileBytes
              + " bytes long and was made with "
              + header.fileBytes()
              + (header.fileBytes() > fileBytes
                  ? ": it was cut short"
                  : ": something was added to it"));
      tail = page(input, header.fileBytes() - Tail.BYTES);
    }
    if (scan.gaveUp()) {
      damage.add("there are too many damaged batches; the rest of the file was not looked at");
    }
    long acknowledged = Tail.acknowledged(tail, format, journal, fileNumber);
    if (acknowledged < 0) {
      damage.add("the count of acknowledged batches is damaged, so the last ones may be missing");
    }
    BatchSequence batches =
        BatchSequence.of(scan, format, journal, fileNumber, acknowledged, damage);
    return fold(format, header.journal(), Limits.of(fileBytes), fileNumber, batches, damage);
  }

  /** The page at an offset; zeroes where the file does not reach. */
  private static byte[] page(DiskFile input, long at) throws IOException {
    byte[] page = new byte[Tail.BYTES];
    if (at >= 0) {
      input.read(ByteBuffer.wrap(page), at);
    }
    return page;
  }

  private static FrameScan.Found headerFrame(Path file, long fileBytes, FrameScan scan) {
    FrameScan.Found header = null;
    for (FrameScan.Found frame : scan.frames()) {
      // Of two files of one journal that were put together, the later one counts; of two journals,
      // the first.
      if (frame.sequence() == 0
          && (header == null || isLaterFileOfSameJournal(frame.bytes(), header.bytes()))) {
        header = frame;
      }
    }
    if (header != null) {
      return header;
    }
    if (scan.newerVersion() > 0) {
      throw new JournalTooNewException(
          file
              + " is a journal in format "
              + scan.newerVersion()
              + ", and this Holdfast knows format "
              + Frame.VERSION,
          "use the Holdfast that wrote it, or a newer one");
    }
    if (scan.onlyZeroes()) {
      throw new JournalEmptyException(
          file + " holds " + fileBytes + " zeroes and nothing else", "remove it to start afresh");
    }
    if (!scan.frames().isEmpty()
        || !scan.broken().isEmpty()
        || scan.beginning().contains(CHRONICLE_MARK)) {
      throw new JournalDamagedException(
          file
              + " was a journal, but its first batch, which says whose, is lost ("
              + scan.frames().size()
              + " of its other batches are whole)",
          "nothing of it can be used; keep it aside for an inquiry and start afresh");
    }
    String start = scan.beginning().substring(0, Math.min(8, scan.beginning().length()));
    throw new JournalForeignException(
        file
            + " is not a Holdfast journal: "
            + fileBytes
            + " bytes without a single batch, beginning with 0x"
            + HexFormat.of().formatHex(start.getBytes(StandardCharsets.ISO_8859_1)),
        "check the path");
  }

  private static boolean isLaterFileOfSameJournal(byte[] frame, byte[] other) {
    return Frame.journal(frame, 0).equals(Frame.journal(other, 0))
        && Frame.fileNumber(frame, 0) > Frame.fileNumber(other, 0);
  }

  private static Header header(Path file, UUID journal, FrameScan.Found frame) {
    try {
      return HeaderCodec.read(
          Frame.version(frame.bytes(), 0),
          journal,
          new Source(frame.bytes(), Frame.HEADER_BYTES, frame.bytes().length));
    } catch (MalformedException e) {
      throw new JournalDamagedException(
          file + " was a journal, but its first batch makes no sense (" + e.getMessage() + ")",
          "nothing of it can be used; keep it aside for an inquiry and start afresh");
    }
  }

  private static Reading fold(
      int format,
      JournalHeader header,
      Limits limits,
      int fileNumber,
      BatchSequence batches,
      List<String> damage) {
    JournalFold fold = new JournalFold(header);
    // The header is batch 0 and no change.
    long applied = 1;
    while (true) {
      BatchSequence.Change change = batches.next();
      if (change == null) {
        return new Reading(format, header, fileNumber, fold, applied, damage);
      }
      String problem = apply(format, change, fold, limits);
      if (problem != null) {
        damage.add(
            "the change in batches "
                + change.first()
                + " to "
                + change.last()
                + " cannot be understood ("
                + problem
                + "), so it and everything after it is lost");
        // What the change did before it failed has to be undone: all of it or nothing.
        return fold(format, header, limits, fileNumber, batches.upTo(change.first()), damage);
      }
      applied = change.last() + 1;
    }
  }

  /** What is wrong with a change, or null; then all of it is applied. */
  private static String apply(
      int format, BatchSequence.Change change, JournalFold fold, Limits limits) {
    Source source = change.source();
    try {
      int count = 0;
      while (!source.isAtEnd()) {
        fold.apply(RecordCodec.read(format, source, limits));
        fold.require(limits);
        count++;
      }
      return count == change.records() ? null : count + " records of " + change.records();
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  static String describe(List<Long> offsets) {
    return offsets.stream()
            .limit(8)
            .map(at -> "0x" + Long.toHexString(at))
            .collect(Collectors.joining(", "))
        + (offsets.size() > 8 ? ", …" : "");
  }
}
