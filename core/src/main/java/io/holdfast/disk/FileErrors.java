package io.holdfast.disk;

import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** Words for why a file could not be used. */
public final class FileErrors {
  private FileErrors() {}

  /**
   * What failed, with the file if that is known; the JDK's own messages are often the bare path.
   */
  public static String describe(IOException e) {
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + " may not be accessed by this user";
    }
    return e.getMessage() == null || e.getMessage().isBlank()
        ? e.getClass().getSimpleName()
        : e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
