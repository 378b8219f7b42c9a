package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.FileErrors;
import io.holdfast.serializer.Sink;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Writes a journal: what has been appended is there after the death of the process, what has been
 * synced is there after a power cut.
 *
 * <p>One process writes a journal at a time, held to that by a lock on the file beside it; any
 * number may read it meanwhile with {@link JournalReader}. Before a file is full, its content moves
 * to a larger one by itself, while appends go on; a reader or a crash meets either the old file or
 * the new one, whole. Files have mode 0600, in a directory of mode 0700. Thread-safe.
 */
public final class Journal implements AutoCloseable {
  private final Disk disk;
  private final Path file;
  private final JournalHeader header;
  private final JournalLock lock;
  private final JournalFiles files;
  private final Sink sink = Frame.sink();

  /** What has been recorded; null after a failure, when only the file knows. */
  private JournalFold fold;

  private boolean closed;

  private Journal(
      Disk disk,
      Path file,
      JournalHeader header,
      JournalLock lock,
      JournalFold fold,
      JournalFiles files) {
    this.disk = disk;
    this.file = file;
    this.header = header;
    this.lock = lock;
    this.fold = fold;
    this.files = files;
  }

  /**
   * Begins a journal in the place of whatever is there; its directory is created if need be. A
   * damaged journal is kept aside as {@code journal.damaged-TIME}, one in another format as {@code
   * journal.other-format-TIME}, and an undamaged one in the present format is replaced.
   *
   * @throws JournalBusyException if another writer has it
   * @throws JournalAccessException if the directory is not private
   * @throws JournalIoException if the file cannot be written, for instance because the disk is full
   */
  public static Journal startOver(Path file, JournalHeader header) {
    return startOver(Disk.local(), file, header, List.of());
  }

  /**
   * As {@link #startOver(Path, JournalHeader)}, on this disk.
   *
   * @param records what is recorded from the start: whoever reads meets either what was there
   *     before or all of these
   * @throws IllegalArgumentException if they contradict each other
   */
  public static Journal startOver(
      Disk disk, Path file, JournalHeader header, List<? extends JournalRecord> records) {
    Path path = file.toAbsolutePath().normalize();
    Path directory = path.getParent();
    if (directory == null) {
      throw new IllegalArgumentException("not a path of a file: " + path);
    }
    PrivateFiles.prepareFolder(disk, directory);
    return startOver(disk, path, header, JournalLock.acquire(disk, path), records, false);
  }

  /**
   * As {@link #startOver(Disk, Path, JournalHeader, List)}, for a writer that has the lock already;
   * the journal owns the lock from here on, and gives it up if this fails.
   *
   * @param plain whether to do without Chronicle until there is a change: it takes some hundred
   *     milliseconds to load, for which a driver that is being restored need not wait
   */
  public static Journal startOver(
      Disk disk,
      Path file,
      JournalHeader header,
      JournalLock lock,
      List<? extends JournalRecord> records,
      boolean plain) {
    return startOver(disk, file, header, lock, records, plain, FileSwitch::reasonToKeep);
  }

  /**
   * As {@link #startOver(Disk, Path, JournalHeader, JournalLock, List, boolean)}, for a writer that
   * has read what is there since it took the lock, so that it need not be read once more.
   */
  public static Journal startOver(
      Disk disk,
      Path file,
      JournalHeader header,
      JournalLock lock,
      List<? extends JournalRecord> records,
      boolean plain,
      PreviousJournal previous) {
    return startOver(disk, file, header, lock, records, plain, files -> previous.reasonToKeep());
  }

  private static Journal startOver(
      Disk disk,
      Path file,
      JournalHeader header,
      JournalLock lock,
      List<? extends JournalRecord> records,
      boolean plain,
      Function<FileSwitch, Optional<String>> reasonToKeep) {
    Path path = file.toAbsolutePath().normalize();
    try (Undo undo = new Undo()) {
      undo.closes(lock);
      JournalFold fold = new JournalFold(header);
      records.forEach(fold::apply);
      FileSwitch fileSwitch = new FileSwitch(disk, path, header);
      fileSwitch.removeLeftovers();
      // What is there may have been promised to survive a power cut.
      JournalFile first =
          fileSwitch.write(fold.snapshot(), 0, reasonToKeep.apply(fileSwitch), true, plain);
      undo.forget();
      JournalFiles files = new JournalFiles(disk, path.getParent(), fileSwitch, first);
      return new Journal(disk, path, header, lock, fold, files);
    } catch (IOException e) {
      throw failure("cannot write a journal at " + path, e);
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
      files.add(sink, records.size(), state);
    } catch (IOException e) {
      fold = null;
      throw cannotWrite(e);
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

  /**
   * Does now what the first change after a restore would begin: a journal that was begun plain
   * moves into a map. Does nothing if it has.
   *
   * @throws JournalIoException if it cannot; the journal can go on once the cause is gone
   */
  public synchronized void prepare() {
    requireOpen();
    try {
      files.prepare(fold());
    } catch (IOException e) {
      throw cannotWrite(e);
    }
  }

  private JournalFold fold() {
    if (fold == null) {
      JournalReader.Reading reading = JournalReader.scan(disk, file);
      if (!reading.damage().isEmpty()) {
        throw new JournalDamagedException(
            file + " was damaged while it was written: " + String.join("; ", reading.damage()),
            "close the session and keep the file aside for an inquiry");
      }
      fold = reading.fold();
    }
    return fold;
  }

  /**
   * Makes everything recorded so far survive a power cut, or a kexec that does not unmount.
   *
   * @throws JournalIoException if that is not sure; calling again tries with a fresh file
   */
  public synchronized void sync() {
    requireOpen();
    try {
      files.sync(this::fold);
    } catch (IOException e) {
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
    return new JournalContents(
        Frame.VERSION, header, fold().state(), fold().seal(), files.batches(), List.of());
  }

  private JournalIoException cannotWrite(IOException e) {
    return failure("cannot write a journal at " + file, e);
  }

  static JournalIoException failure(String problem, IOException e) {
    return new JournalIoException(
        problem + " (" + FileErrors.describe(e) + ")",
        "check that the file system is writable and has room",
        e);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the journal " + file + " is closed");
    }
  }

  /** Whether it was given up. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /** Gives the journal up; what was recorded stays. Does not sync. Closing again does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      new Closing().step(files::close).step(lock::close).end();
    }
  }

  /** As {@link #close}, for a process that has died: nothing changes on the disk any more. */
  public synchronized void processDied() {
    if (!closed) {
      closed = true;
      new Closing().step(files::leave).step(lock::close).end();
    }
  }
}
