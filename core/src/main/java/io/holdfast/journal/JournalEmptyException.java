package io.holdfast.journal;

/** The file holds no bytes, too few of them, or only zeroes. */
public final class JournalEmptyException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalEmptyException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
