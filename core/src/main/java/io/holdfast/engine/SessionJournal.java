package io.holdfast.engine;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalException;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalLock;
import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.PreviousJournal;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.List;

/**
 * The journal of a session that is being opened: what the last process left in it, then what this
 * one records.
 *
 * <p>The lock comes first and stays, so that of two processes that open the same session only one
 * goes on. A journal that cannot be read is reported and kept aside; the truth about a preserved
 * session is in its manifest. Guarded by the session's lock.
 */
final class SessionJournal implements AutoCloseable, HostProcess.Remains {
  private final StateDirectory directory;
  private final JournalLock lock;
  private final PreviousJournal previous;
  private Journal journal;

  /** Changes that were made and could not be recorded. */
  private final List<JournalRecord> unrecorded = new ArrayList<>();

  private SessionJournal(StateDirectory directory, JournalLock lock, PreviousJournal previous) {
    this.directory = directory;
    this.lock = lock;
    this.previous = previous;
  }

  /** Takes the right to write the journal, and looks at what is there. */
  static SessionJournal lock(StateDirectory directory) {
    try (Undo undo = new Undo()) {
      JournalLock lock = undo.closes(JournalLock.acquire(directory.disk(), directory.journal()));
      PreviousJournal previous = PreviousJournal.at(directory.disk(), directory.journal());
      undo.forget();
      return new SessionJournal(directory, lock, previous);
    }
  }

  /** What the last process left. */
  PreviousJournal previous() {
    return previous;
  }

  /** Begins the journal of a fresh session, with these records, in the place of the old one. */
  void begin(JournalHeader header, List<JournalRecord> records) {
    begin(header, records, false);
  }

  /** As {@link #begin}, for a session that was restored, whose driver waits. */
  void beginRestored(JournalHeader header, List<JournalRecord> records) {
    begin(header, records, true);
  }

  private void begin(JournalHeader header, List<JournalRecord> records, boolean plain) {
    journal =
        Journal.startOver(
            directory.disk(), directory.journal(), header, lock, records, plain, previous);
  }

  /** Makes the next change cost no more than any later one. */
  void prepare() {
    journal.prepare();
  }

  /** Records one change; it survives the death of the process when this returns. */
  void record(List<JournalRecord> records) {
    List<JournalRecord> all = new ArrayList<>(unrecorded);
    all.addAll(records);
    journal.append(all);
    unrecorded.clear();
  }

  /**
   * Records a change that has been made and cannot be undone. If that fails the failure is told,
   * and the change is recorded with the next one.
   */
  void recordDone(JournalRecord done) {
    recordDone(List.of(done));
  }

  /** As {@link #recordDone(JournalRecord)}, for a change that takes several records, or none. */
  void recordDone(List<JournalRecord> done) {
    if (done.isEmpty()) {
      return;
    }
    try {
      record(done);
    } catch (JournalException e) {
      unrecorded.addAll(done);
      throw e;
    }
  }

  /** Records what could not be recorded before. */
  void recordRest() {
    record(List.of());
  }

  /** Makes everything recorded survive a kexec. */
  void sync() {
    recordRest();
    journal.sync();
  }

  /** Gives the journal up and writes nothing. */
  @Override
  public void processDied() {
    journal.processDied();
  }

  @Override
  public boolean isOver() {
    return journal.isClosed();
  }

  @Override
  public void close() {
    if (journal != null) {
      journal.close();
    } else {
      lock.close();
    }
  }
}
