package io.holdfast.journal;

import io.holdfast.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** Opens a journal for writing: the folder, the lock, what is left of others, the first file. */
final class JournalOpening {
  /**
   * What a journal's first file starts from.
   *
   * @param fileNumber which file of its journal it is
   * @param keepOld why the file that is there is kept aside, if it is
   * @param plain whether the file does without Chronicle until there is a change
   */
  record Beginning(JournalFold fold, int fileNumber, Optional<String> keepOld, boolean plain) {}

  private final Disk disk;
  private final Path path;
  private final JournalHeader header;

  JournalOpening(Disk disk, Path path, JournalHeader header) {
    this.disk = disk;
    this.path = path;
    this.header = header;
  }

  /**
   * Opens it.
   *
   * @param beginning asked when nobody else can write any more
   */
  Journal open(Function<FileSwitch, Beginning> beginning) {
    Path folder = path.getParent();
    if (folder == null) {
      throw new IllegalArgumentException("not a path of a file: " + path);
    }
    PrivateFiles.prepareFolder(disk, folder);
    return open(JournalLock.acquire(path), beginning);
  }

  /** As {@link #open(Function)}, for the holder of the lock, which is given up if this fails. */
  Journal open(JournalLock lock, Function<FileSwitch, Beginning> beginning) {
    boolean complete = false;
    try {
      FileSwitch fileSwitch = new FileSwitch(disk, path, header);
      fileSwitch.removeLeftovers();
      Journal journal =
          new Journal(disk, path, header, lock, fileSwitch, beginning.apply(fileSwitch));
      complete = true;
      return journal;
    } catch (IOException e) {
      throw Journal.failure("cannot write a journal at " + path, e);
    } finally {
      if (!complete) {
        lock.close();
      }
    }
  }
}
