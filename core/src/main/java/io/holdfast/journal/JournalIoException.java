package io.holdfast.journal;

/** The file system did not do what was asked of it: no room, read-only, an I/O error. */
public final class JournalIoException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalIoException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
