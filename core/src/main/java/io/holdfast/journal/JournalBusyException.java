package io.holdfast.journal;

/** Another live process, or another part of this one, writes the journal. */
public final class JournalBusyException extends JournalException {
  private static final long serialVersionUID = 1L;

  JournalBusyException(String problem, String remedy) {
    super(problem, remedy, null);
  }
}
