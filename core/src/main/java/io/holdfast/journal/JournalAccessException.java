package io.holdfast.journal;

/** The journal's file or folder is not private to this user, or is not a plain file. */
public final class JournalAccessException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalAccessException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
