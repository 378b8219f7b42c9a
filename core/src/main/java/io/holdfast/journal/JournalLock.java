package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskLock;
import io.holdfast.disk.FileErrors;
import io.holdfast.sys.Undo;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The right to write a journal: an exclusive lock on the file beside it, {@code journal.lock}, that
 * says who holds it.
 *
 * <p>The kernel drops the lock when the process dies, however it dies; the file stays. Within the
 * process nobody else can drop it, on purpose or not ({@link DiskLock}), and a second attempt is
 * refused like one of another process. Thread-safe.
 */
public final class JournalLock implements AutoCloseable {
  private final DiskLock lock;

  private JournalLock(DiskLock lock) {
    this.lock = lock;
  }

  /**
   * Takes the lock, at once or not at all.
   *
   * @throws JournalBusyException if somebody has it
   * @throws JournalAccessException if the lock's file is not private; nothing is left locked then
   */
  public static JournalLock acquire(Disk disk, Path journal) {
    Path file = journal.resolveSibling(journal.getFileName() + ".lock");
    String note = "pid " + ProcessHandle.current().pid();
    DiskLock lock;
    try {
      PrivateFiles.checkIfThere(file);
      lock = disk.lock(file, note);
    } catch (DiskLock.HeldException e) {
      throw busy(journal, note, e.note());
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot lock " + file + " (" + FileErrors.describe(e) + ")",
          "the state directory has to be on a writable file system with file locks",
          e);
    }
    try (Undo undo = new Undo()) {
      undo.closes(lock);
      // Once more, now that nobody who keeps to the rules can put another in its place.
      PrivateFiles.checkFile(file, false);
      undo.forget();
      return new JournalLock(lock);
    }
  }

  private static JournalBusyException busy(Path journal, String note, String holder) {
    if (holder.equals(note)) {
      return new JournalBusyException(
          journal + " is being written by this very process",
          "close the session that has it first");
    }
    String who = holder.matches("pid [0-9]{1,19}") ? holder : "its pid is not known";
    return new JournalBusyException(
        journal + " is being written by another process (" + who + ")",
        "stop that process first; the lock goes with it");
  }

  @Override
  public void close() {
    lock.close();
  }
}
