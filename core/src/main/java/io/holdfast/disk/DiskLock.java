package io.holdfast.disk;

import java.io.IOException;

/**
 * An exclusive lock on a file, held until it is closed or the process dies.
 *
 * <p>It belongs to the open file and not to the process: no other code of this process that opens
 * and closes the same file takes it away, and a second attempt of this process is refused as one of
 * any other process is. Thread-safe.
 */
public interface DiskLock extends AutoCloseable {
  /** Somebody has the lock. */
  final class HeldException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String note;

    /**
     * @param message which file
     * @param note what the holder wrote into it, at most some hundred bytes of ASCII
     */
    public HeldException(String message, String note) {
      super(message);
      this.note = note;
    }

    /** What the holder wrote into the file; not to be trusted. */
    public String note() {
      return note;
    }
  }

  /** Gives the lock up; the file stays. A second time does nothing. */
  @Override
  void close();
}
