package io.holdfast.journal;

/** The file is something else than a Holdfast journal, or the journal of another session. */
public final class JournalForeignException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalForeignException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
