package io.holdfast.journal;

/** A journal was to be created where there is one already. */
public final class JournalExistsException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalExistsException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
