package io.holdfast.disk;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Something is at a path, but not a plain file: a directory, a symbolic link, a FIFO, a device. */
public final class NotPlainFileException extends FileSystemException {
  private static final long serialVersionUID = 1L;

  NotPlainFileException(Path path, int type) {
    super(path.toString(), null, "is " + word(type) + ", not a plain file");
  }

  private static String word(int type) {
    return switch (type) {
      case 0010000 -> "a FIFO";
      case 0020000, 0060000 -> "a device";
      case 0040000 -> "a directory";
      case 0120000 -> "a symbolic link";
      case 0140000 -> "a socket";
      default -> "something else";
    };
  }
}
