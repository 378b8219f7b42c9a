package io.holdfast.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to write a journal: an exclusive lock on the file beside it, {@code journal.lock}, that
 * says who holds it.
 *
 * <p>The kernel drops the lock when the process dies, however it dies; the file stays. Thread-safe.
 */
public final class JournalLock implements AutoCloseable {
  /**
   * Locks held by this process. A POSIX lock belongs to the process and goes with the first
   * descriptor of the file that is closed, so a second attempt must not even open it.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final int MAX_NOTE_BYTES = 256;

  private final Path key;
  private final FileChannel channel;

  private JournalLock(Path key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /**
   * Takes the lock, at once or not at all.
   *
   * @throws JournalBusyException if somebody has it
   */
  public static JournalLock acquire(Path journal) {
    Path file = journal.resolveSibling(journal.getFileName() + ".lock");
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return acquire(journal, file);
        } catch (ClosedByInterruptException e) {
          interrupted = true;
          Thread.interrupted();
        }
      }
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot lock " + file + " (" + PrivateFiles.describe(e) + ")",
          "the state folder has to be on a writable file system with file locks",
          e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static JournalLock acquire(Path journal, Path file) throws IOException {
    Path key = file.getParent().toRealPath().resolve(file.getFileName());
    if (!HELD.add(key)) {
      throw new JournalBusyException(
          journal + " is being written by this very process",
          "close the session that has it first");
    }
    FileChannel channel = null;
    try {
      channel = open(file);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new JournalBusyException(
            journal + " is being written by another process (" + note(channel) + ")",
            "stop that process first; the lock goes with it");
      }
      writeNote(channel);
      JournalLock held = new JournalLock(key, channel);
      channel = null;
      return held;
    } finally {
      if (channel != null) {
        closeQuietly(channel);
        HELD.remove(key);
      }
    }
  }

  private static FileChannel open(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      PrivateFiles.checkFile(file, false);
    }
    return FileChannel.open(
        file,
        Set.of(
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS),
        FILE_MODE);
  }

  /** Says who holds it; on a full disk the lock holds without. */
  private static void writeNote(FileChannel channel) throws IOException {
    String note = "pid " + ProcessHandle.current().pid() + "\n";
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(note.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (IOException ignored) {
      // Whoever is refused is told that the pid is not known.
    }
  }

  /** What the holder wrote about itself. */
  private static String note(FileChannel channel) throws IOException {
    ByteBuffer note = ByteBuffer.allocate(MAX_NOTE_BYTES);
    channel.read(note, 0);
    String text = new String(note.array(), 0, note.position(), StandardCharsets.US_ASCII).strip();
    return text.matches("pid [0-9]{1,19}") ? text : "its pid is not known";
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException ignored) {
      // Nothing was written through it that anybody relies on, and the lock goes in any case.
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
    HELD.remove(key);
  }
}
