package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.FileErrors;
import io.holdfast.disk.Privacy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Refuses, as a journal does, files and folders that are not this user's alone. */
final class PrivateFiles {
  private PrivateFiles() {}

  /**
   * Makes sure that the folder is there and is private, creating it if need be.
   *
   * @throws JournalAccessException if it is not private, or not a folder
   */
  static void prepareFolder(Disk disk, Path folder) {
    try {
      disk.createFolders(folder);
      Privacy.ofFolder(folder).ifPresent(PrivateFiles::refuse);
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot create or look at the directory " + folder + " (" + FileErrors.describe(e) + ")",
          "check that its parent exists and may be written",
          e);
    }
  }

  /**
   * Checks that a file may be trusted before it is opened.
   *
   * @param forReading whether root may look at another user's file
   * @throws JournalMissingException if there is nothing
   * @throws JournalAccessException if it is not private, or not a plain file
   */
  static void checkFile(Path file, boolean forReading) {
    try {
      Privacy.ofFile(file, forReading).ifPresent(PrivateFiles::refuse);
    } catch (NoSuchFileException e) {
      throw new JournalMissingException("there is no " + file, "check the path");
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot look at " + file + " (" + FileErrors.describe(e) + ")", "check the path", e);
    }
  }

  /** As {@link #checkFile} for writing, of a file that need not be there. */
  static void checkIfThere(Path file) {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      checkFile(file, false);
    }
  }

  private static void refuse(Privacy.Breach breach) {
    throw new JournalAccessException(breach.problem(), breach.remedy());
  }
}
