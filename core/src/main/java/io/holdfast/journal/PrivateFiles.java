package io.holdfast.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * Files that belong to this user alone: what a journal says decides where devices are allowed to
 * write, so nobody else may be able to change it, and it tells physical addresses, so nobody else
 * may read it.
 */
final class PrivateFiles {
  static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final int TYPE_MASK = 0170000;
  private static final int REGULAR = 0100000;
  private static final int FOLDER = 0040000;
  private static final int SYMBOLIC_LINK = 0120000;

  private PrivateFiles() {}

  private record Attributes(int mode, int uid) {
    static Attributes of(Path path) throws IOException {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
      return new Attributes((Integer) attributes.get("mode"), (Integer) attributes.get("uid"));
    }

    boolean isType(int type) {
      return (mode & TYPE_MASK) == type;
    }

    String modeText() {
      return "%04o".formatted(mode & 07777);
    }
  }

  /**
   * Makes sure that the folder is there and is private, creating it if need be.
   *
   * @throws JournalAccessException if it is not private, or not a folder
   */
  static void prepareFolder(Path folder) {
    try {
      if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        Files.createDirectories(folder, FOLDER_MODE);
      }
      Attributes attributes = Attributes.of(folder);
      if (!attributes.isType(FOLDER)) {
        throw new JournalAccessException(
            folder
                + (attributes.isType(SYMBOLIC_LINK) ? " is a symbolic link" : " is not a folder"),
            "give the folder itself");
      }
      checkOwner(folder, attributes, false);
      if ((attributes.mode() & 077) != 0) {
        throw new JournalAccessException(
            "the folder "
                + folder
                + " has mode "
                + attributes.modeText()
                + ", so others can reach the journal in it",
            "chmod 700 " + folder);
      }
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot create or look at the folder " + folder + " (" + describe(e) + ")",
          "check that its parent exists and may be written",
          e);
    }
  }

  /**
   * Checks that a file may be trusted before it is opened: a plain file, no link, ours, closed to
   * others.
   *
   * @param forReading whether root may look at another user's file
   * @throws JournalMissingException if there is nothing
   * @throws JournalAccessException if it is something else
   */
  static void checkFile(Path file, boolean forReading) {
    try {
      Attributes attributes = Attributes.of(file);
      if (attributes.isType(SYMBOLIC_LINK)) {
        throw new JournalAccessException(
            file + " is a symbolic link", "give the file it stands for");
      }
      if (!attributes.isType(REGULAR)) {
        throw new JournalAccessException(file + " is not a plain file", "give a journal's path");
      }
      checkOwner(file, attributes, forReading);
      if ((attributes.mode() & 077) != 0) {
        throw new JournalAccessException(
            file + " has mode " + attributes.modeText() + ", so others may have changed it",
            "if you trust its content, chmod 600 " + file);
      }
    } catch (NoSuchFileException e) {
      throw new JournalMissingException("there is no " + file, "check the path");
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot look at " + file + " (" + describe(e) + ")", "check the path", e);
    }
  }

  private static void checkOwner(Path path, Attributes attributes, boolean rootMay)
      throws IOException {
    int self = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (attributes.uid() != self && !(rootMay && self == 0)) {
      throw new JournalAccessException(
          path + " belongs to user " + attributes.uid() + ", and this process runs as user " + self,
          "run as its owner, or choose a state folder of your own");
    }
  }

  /** Makes renames and creations in a folder survive a power cut. */
  static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  static String describe(IOException e) {
    return e.getMessage() == null || e.getMessage().isBlank()
        ? e.getClass().getSimpleName()
        : e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
