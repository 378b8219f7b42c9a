package io.holdfast.lives;

import io.holdfast.disk.FaultInjectingDisk.Step;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * What of the disk would be lost by a power cut, told from the order of the operations: bytes that
 * were not forced, and names in folders that were not. Not thread-safe.
 */
final class Durability {
  private final Set<Path> unforcedFiles = new HashSet<>();
  private final Set<Path> unforcedFolders = new HashSet<>();
  private final Set<Path> forced = new HashSet<>();

  /** An operation begins. */
  void begin() {
    forced.clear();
  }

  void after(Step step) {
    Path path = step.path();
    switch (step.operation()) {
      case CREATE, WRITE -> unforcedFiles.add(path);
      case FORCE -> {
        unforcedFiles.remove(path);
        forced.add(path);
      }
      case FORCE_FOLDER -> unforcedFolders.remove(path);
      case RENAME -> {
        unforcedFolders.add(path.getParent());
        // The new name stands for what was written under a name that begins with it.
        if (unforcedFiles.removeIf(file -> isDraft(file, path))) {
          unforcedFiles.add(path);
        }
      }
      case LINK, DELETE -> {
        unforcedFiles.remove(path);
        unforcedFolders.add(path.getParent());
      }
      case CREATE_FOLDERS, LOCK -> {}
    }
  }

  private static boolean isDraft(Path file, Path renamed) {
    return file.getParent().equals(renamed.getParent())
        && file.getFileName().toString().startsWith(renamed.getFileName() + ".");
  }

  /** Whether a file's bytes and its name are on the disk. */
  boolean isOnDisk(Path file) {
    return !unforcedFiles.contains(file) && !unforcedFolders.contains(file.getParent());
  }

  /** Whether a file was forced in the operation that ran last. */
  boolean wasForced(Path file) {
    return forced.contains(file);
  }
}
