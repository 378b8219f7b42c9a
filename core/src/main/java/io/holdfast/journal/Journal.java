package io.holdfast.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Writes a journal: what has been appended is there after the death of the process, what has been
 * synced is there after a power cut.
 *
 * <p>One process writes a journal at a time, held to that by a lock on the file beside it; any
 * number may read it meanwhile with {@link JournalReader}. When a file is full, its content moves
 * to a larger one by itself: it is written beside the old one, forced to disk and renamed over it,
 * so that a reader or a crash meets either the old file or the new one, whole. Files have mode
 * 0600, in a folder of mode 0700. Thread-safe.
 */
public final class Journal implements AutoCloseable {
  private static final DateTimeFormatter ASIDE_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path file;
  private final JournalHeader header;
  private final JournalLock lock;
  private final Sink sink = new Sink();

  /** What has been recorded; null after a failure, when only the file knows. */
  private JournalFold fold;

  private JournalFile current;
  private boolean folderForced;
  private boolean forceFailed;
  private boolean closed;

  private Journal(Path file, JournalHeader header, JournalLock lock, JournalFold fold) {
    this.file = file;
    this.header = header;
    this.lock = lock;
    this.fold = fold;
  }

  /**
   * Begins a journal where there is none; its folder is created if need be.
   *
   * @throws JournalExistsException if there is one
   * @throws JournalBusyException if another writer has it
   * @throws JournalAccessException if the folder is not private
   * @throws JournalIoException if the file cannot be written, for instance because the disk is full
   */
  public static Journal create(Path file, JournalHeader header) {
    Path path = file.toAbsolutePath().normalize();
    return open(
        path,
        header,
        () -> {
          if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new JournalExistsException(
                "there is already something at " + path,
                "read it, then go on with it or start over");
          }
          return new Beginning(new JournalFold(header), 0, false);
        });
  }

  /**
   * Goes on with a journal that was read: its content is carried into a fresh file, which takes the
   * old one's place. A damaged old file is kept aside as {@code journal.damaged-TIME}.
   *
   * @param header the new writer, and the journal it writes
   * @param contents what {@link JournalReader#read} said
   * @throws JournalBusyException if another writer has it, or has written to it since it was read
   * @throws JournalException as {@link #create} and {@link JournalReader#read}
   */
  public static Journal rewrite(Path file, JournalHeader header, JournalContents contents) {
    Path path = file.toAbsolutePath().normalize();
    return open(
        path,
        header,
        () -> {
          JournalReader.Reading now = JournalReader.scan(path);
          if (!now.header().equals(contents.header()) || now.batches() != contents.batches()) {
            throw new JournalBusyException(
                path + " has been written to since it was read", "read it again");
          }
          int number = now.header().journal().equals(header.journal()) ? now.fileNumber() + 1 : 0;
          return new Beginning(
              JournalFold.of(header, contents.state(), contents.seal()),
              number,
              !contents.damage().isEmpty());
        });
  }

  /**
   * Begins a journal in the place of whatever is there, which is kept aside as {@code
   * journal.damaged-TIME} unless it is an undamaged journal.
   *
   * @throws JournalException as {@link #create}, except that something may be there
   */
  public static Journal startOver(Path file, JournalHeader header) {
    Path path = file.toAbsolutePath().normalize();
    return open(path, header, () -> new Beginning(new JournalFold(header), 0, !isWhole(path)));
  }

  /**
   * As {@link #startOver(Path, JournalHeader)}, for a writer that has the lock already; the journal
   * owns the lock from here on.
   *
   * @param records what is recorded from the start: whoever reads meets either what was there
   *     before or all of these
   * @throws IllegalArgumentException if they contradict each other
   */
  public static Journal startOver(
      Path file, JournalHeader header, JournalLock lock, List<? extends JournalRecord> records) {
    Path path = file.toAbsolutePath().normalize();
    JournalFold fold = new JournalFold(header);
    records.forEach(fold::apply);
    return open(path, header, lock, () -> new Beginning(fold, 0, !isWhole(path)));
  }

  private static boolean isWhole(Path path) {
    try {
      return JournalReader.scan(path).damage().isEmpty();
    } catch (JournalMissingException e) {
      return true;
    } catch (JournalException e) {
      return false;
    }
  }

  /** What a journal's first file starts from. */
  private record Beginning(JournalFold fold, int fileNumber, boolean keepOld) {}

  private static Journal open(Path path, JournalHeader header, Supplier<Beginning> beginning) {
    Path folder = path.getParent();
    if (folder == null) {
      throw new IllegalArgumentException("not a path of a file: " + path);
    }
    PrivateFiles.prepareFolder(folder);
    return open(path, header, JournalLock.acquire(path), beginning);
  }

  private static Journal open(
      Path path, JournalHeader header, JournalLock lock, Supplier<Beginning> beginning) {
    try {
      removeLeftovers(path);
      Beginning from = beginning.get();
      Journal journal = new Journal(path, header, lock, from.fold());
      journal.moveTo(from.fileNumber(), from.keepOld());
      return journal;
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** Files that a writer was making when it died; only the holder of the lock makes any. */
  private static void removeLeftovers(Path path) {
    String prefix = path.getFileName() + ".new-";
    try (Stream<Path> siblings = Files.list(path.getParent())) {
      for (Path sibling :
          siblings.filter(s -> s.getFileName().toString().startsWith(prefix)).toList()) {
        Files.delete(sibling);
      }
    } catch (IOException e) {
      throw failure("cannot clean up beside " + path, e);
    }
  }

  /**
   * Records a change: all of its records or, after a crash in the middle, none. When this returns,
   * the change survives the death of the process.
   *
   * @throws IllegalArgumentException if a record contradicts what was recorded before, or the
   *     change is too large; nothing is recorded then
   * @throws JournalIoException if the journal had to move to a larger file and could not; nothing
   *     is recorded then, and the journal can go on once the cause is gone
   */
  public synchronized void append(List<? extends JournalRecord> records) {
    requireOpen();
    if (records.isEmpty()) {
      return;
    }
    JournalFold state = fold();
    sink.clear();
    for (JournalRecord record : records) {
      RecordCodec.write(sink, record);
    }
    try {
      for (JournalRecord record : records) {
        state.apply(record);
      }
      if (!write(records.size())) {
        moveTo(current.number() + 1, false);
      }
    } catch (RuntimeException | Error e) {
      // The fold may be ahead of the file now; it is read again when it is needed.
      fold = null;
      throw e;
    }
  }

  /** As {@link #append(List)}, for one change of these records. */
  public void append(JournalRecord... records) {
    append(List.of(records));
  }

  private JournalFold fold() {
    if (fold == null) {
      JournalReader.Reading reading = JournalReader.scan(file);
      if (!reading.damage().isEmpty()) {
        throw new JournalDamagedException(
            file + " was damaged while it was written: " + String.join("; ", reading.damage()),
            "close the session and keep the file aside for an inquiry");
      }
      fold = reading.fold();
    }
    return fold;
  }

  /** Whether the change in the sink is in the current file now. */
  private boolean write(int records) {
    try {
      return current.write(sink, records);
    } catch (RuntimeException e) {
      // Chronicle gave up; the state it left the file in is unknown, so the content goes to a fresh
      // one.
      return false;
    }
  }

  /**
   * Makes everything recorded so far survive a power cut, or a kexec that does not unmount.
   *
   * @throws JournalIoException if that is not sure; calling again tries with a fresh file
   */
  public synchronized void sync() {
    requireOpen();
    if (forceFailed) {
      // The kernel marks pages clean whose writing failed, so forcing the same file again would
      // prove nothing.
      moveTo(current.number() + 1, false);
    }
    try {
      Uninterrupted.run(() -> {
        current.force(file, false);
        if (!folderForced) {
          PrivateFiles.forceFolder(file.getParent());
          folderForced = true;
        }
        return null;
      });
    } catch (IOException e) {
      forceFailed = true;
      throw failure("cannot make " + file + " durable", e);
    }
  }

  /** Where the journal is. */
  public Path file() {
    return file;
  }

  /** Whose journal it is and who writes it. */
  public JournalHeader header() {
    return header;
  }

  /** Everything recorded so far, in effect. */
  public synchronized JournalContents contents() {
    requireOpen();
    return new JournalContents(header, fold().state(), fold().seal(), current.batches(), List.of());
  }

  /** Writes the state into a fresh file and puts that in the place of the current one. */
  private void moveTo(int fileNumber, boolean keepOld) {
    try {
      JournalFile fresh = Uninterrupted.run(() -> writeBesideAndRename(fileNumber, keepOld));
      JournalFile old = current;
      current = fresh;
      forceFailed = false;
      folderForced = false;
      if (old != null) {
        old.close();
      }
    } catch (IOException e) {
      throw failure("cannot write a journal at " + file, e);
    }
  }

  private JournalFile writeBesideAndRename(int fileNumber, boolean keepOld) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".new-" + fileNumber);
    JournalFile fresh = Snapshot.write(beside, header, fileNumber, fold());
    try {
      fresh.force(beside, true);
      if (keepOld) {
        keepAside();
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return fresh;
    } catch (IOException | RuntimeException e) {
      fresh.close();
      Files.deleteIfExists(beside);
      throw e;
    }
  }

  /** A second name for the old file, so that there is never a moment without it. */
  private void keepAside() throws IOException {
    String name = file.getFileName() + ".damaged-" + ASIDE_TIME.format(Instant.now());
    Path aside = file.resolveSibling(name);
    for (int i = 2; Files.exists(aside, LinkOption.NOFOLLOW_LINKS); i++) {
      aside = file.resolveSibling(name + "-" + i);
    }
    Files.createLink(aside, file);
  }

  private static JournalIoException failure(String problem, IOException e) {
    return new JournalIoException(
        problem + " (" + PrivateFiles.describe(e) + ")",
        "check that the file system is writable and has room",
        e);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the journal " + file + " is closed");
    }
  }

  /** Gives the journal up; what was recorded stays. Does not sync. Closing again does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      current.close();
      lock.close();
    }
  }
}
