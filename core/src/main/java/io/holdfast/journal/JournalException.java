package io.holdfast.journal;

import io.holdfast.model.HoldfastException;

/** Anything that keeps a journal from being written or read; its children tell the causes apart. */
public abstract sealed class JournalException extends HoldfastException
    permits JournalAccessException,
        JournalBusyException,
        JournalDamagedException,
        JournalEmptyException,
        JournalForeignException,
        JournalIoException,
        JournalMissingException,
        JournalTooNewException {
  private static final long serialVersionUID = 1L;

  JournalException(String problem, String remedy, Throwable cause) {
    super(problem, remedy, cause);
  }
}
