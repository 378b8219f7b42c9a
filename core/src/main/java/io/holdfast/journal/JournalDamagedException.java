package io.holdfast.journal;

/** The file was a journal, but nothing of it can be trusted. */
public final class JournalDamagedException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalDamagedException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
