package io.holdfast.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The file system under journals and manifests, as far as their survival depends on it.
 *
 * <p>No operation follows a symbolic link in the last part of a path. What is created belongs to
 * this user alone: files 0600, folders 0700. Every method fails with an {@link IOException} that
 * tells the cause in its message. Thread-safe.
 */
public interface Disk {
  /** The file system of this machine. */
  static Disk local() {
    return LocalDisk.INSTANCE;
  }

  /** Creates a folder and those above it; one that is there is left as it is. */
  void createFolders(Path folder) throws IOException;

  /** Creates a file and opens it; there must be nothing at the path yet. */
  DiskFile create(Path file) throws IOException;

  /**
   * Opens a file.
   *
   * @param writable whether it is going to be written too
   */
  DiskFile open(Path file, boolean writable) throws IOException;

  /**
   * Takes the exclusive lock on a file, at once or not at all; the file is created if need be.
   *
   * @param note a few words of ASCII about the holder, for whoever is refused
   * @throws DiskLock.HeldException if somebody has it, in this process or another
   */
  DiskLock lock(Path file, String note) throws IOException;

  /** Makes creations, renames and removals in a folder survive a power cut. */
  void forceFolder(Path folder) throws IOException;

  /** Gives a file another name in one step; what has that name is replaced. */
  void rename(Path from, Path to) throws IOException;

  /** Gives a file a second name, which must not be taken. */
  void link(Path name, Path existing) throws IOException;

  /** Removes a file; answers whether there was one. */
  boolean delete(Path file) throws IOException;

  /** What is in a folder, in no particular order. */
  List<Path> list(Path folder) throws IOException;

  /**
   * Begins an operation on this disk and returns without waiting for it; it runs on a thread that
   * no other code can interrupt. A disk for tests may run it before it returns.
   */
  default <T> Pending<T> begin(UninterruptedThread.Operation<T> operation) {
    return UninterruptedThread.begin(operation);
  }
}
