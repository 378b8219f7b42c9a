package io.holdfast.journal;

/** The journal was written by an older Holdfast in a format this one does not know any more. */
public final class JournalTooOldException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalTooOldException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
