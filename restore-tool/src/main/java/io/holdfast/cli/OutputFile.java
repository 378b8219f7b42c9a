package io.holdfast.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that is there as a whole or not at all: written beside its place, put on the disk, then
 * renamed to it. Symbolic links are replaced, not followed. Stateless.
 */
final class OutputFile {
  /** For what tells where devices write: nobody else's business. */
  static final String PRIVATE = "rw-------";

  /** For what others are to read. */
  static final String READABLE = "rw-r--r--";

  private OutputFile() {}

  /** Writes something, and may fail. */
  @FunctionalInterface
  interface Content<T> {
    void writeTo(T to) throws IOException;
  }

  /** Writes text as UTF-8. */
  static void writeText(Path file, String permissions, boolean replace, Content<Writer> text)
      throws IOException {
    write(
        file,
        permissions,
        replace,
        bytes -> {
          Writer writer = new BufferedWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8));
          text.writeTo(writer);
          writer.flush();
        });
  }

  /**
   * Writes bytes.
   *
   * @param replace whether a file that is there is replaced
   * @throws FileAlreadyExistsException if one is there that is not
   */
  static void write(Path file, String permissions, boolean replace, Content<OutputStream> content)
      throws IOException {
    requireFree(file, replace);
    Path name = file.getFileName();
    if (name == null) {
      throw new FileSystemException(file.toString(), null, "it is not a file's name");
    }
    Path fresh =
        file.resolveSibling("." + name + "." + Long.toHexString(System.nanoTime()) + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)))) {
      content.writeTo(Channels.newOutputStream(channel));
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
      channel.force(true);
      requireFree(file, replace);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
    Path folder = file.toAbsolutePath().getParent();
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static void requireFree(Path file, boolean replace) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!replace) {
      throw new FileAlreadyExistsException(file.toString(), null, "there is such a file already");
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(file)) {
      throw new FileSystemException(file.toString(), null, "it is not a plain file");
    }
  }
}
