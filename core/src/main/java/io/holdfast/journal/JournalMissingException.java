package io.holdfast.journal;

/** There is no journal at that path. */
public final class JournalMissingException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalMissingException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
