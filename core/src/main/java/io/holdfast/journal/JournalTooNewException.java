package io.holdfast.journal;

/** The journal was written by a newer Holdfast in a format this one does not know. */
public final class JournalTooNewException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalTooNewException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
