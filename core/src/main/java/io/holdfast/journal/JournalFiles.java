package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.Pending;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The file that a journal is in, and the one it moves to.
 *
 * <p>A move begins when a quarter of the file is left, in the background ({@link JournalMove}).
 * Only a change that finds no room waits for it. A move that fails while there is room is not
 * reported but tried again, with half of the room left that there was; the failure of the one that
 * a change has to wait for is. Guarded by the journal's lock.
 */
final class JournalFiles implements AutoCloseable {
  private static final int FULL = 1000;
  private static final int MOVE_AT = 750;

  private final Disk disk;
  private final Path directory;
  private final FileSwitch fileSwitch;
  private JournalFile current;

  /** The move that is under way; null if none is. */
  private JournalMove move;

  /** Whether the current file may lack the last change, since what was to end a move failed. */
  private boolean incomplete;

  /** How full the current file has to be, in thousandths, for a move to begin. */
  private int moveAt;

  /** The closing of the last file, which frees its memory and its disk space, and takes a while. */
  private Pending<Void> closing;

  /** Whether a sync has promised that what is in the file survives a power cut. */
  private boolean durable;

  private boolean forceFailed;
  private boolean directoryForced;

  JournalFiles(Disk disk, Path directory, FileSwitch fileSwitch, JournalFile first) {
    this.disk = disk;
    this.directory = directory;
    this.fileSwitch = fileSwitch;
    this.current = first;
    moveAt = first.isPlain() ? 0 : MOVE_AT;
  }

  /** How many batches are in the current file. */
  long batches() {
    return current.batches();
  }

  /**
   * Adds a change, which survives the death of the process when this returns.
   *
   * @param change the records, in one of {@link Frame#sink}, which does not hold them afterwards
   * @param fold the state with the change
   * @throws IOException if there is no room for it and none can be made; the change is not there
   *     then
   */
  void add(Sink change, int records, JournalFold fold) throws IOException {
    JournalMove.Change copy = move == null ? null : new JournalMove.Change(change, records);
    if (!write(change.bytes(), Frame.HEADER_BYTES + change.size(), records, fold)) {
      if (copy == null || !finishMove() || !write(copy.bytes, copy.bytes.length, records, fold)) {
        moveNow(fold);
      }
    } else if (move != null) {
      move.append(copy, fold);
      goOnMoving(change.size());
    } else if (current.isFilledTo(moveAt)) {
      move = JournalMove.begin(disk, fileSwitch, fold, current.number() + 1, durable);
      goOnMoving(change.size());
    }
    if (incomplete) {
      moveNow(fold);
    }
  }

  /** Whether the current file has room for the state, and the change is in it now. */
  private boolean write(byte[] bytes, int end, int records, JournalFold fold) {
    try {
      return fold.fits(current.limits()) && current.write(bytes, end, records);
    } catch (RuntimeException e) {
      // Chronicle gave up; the state it left the file in is unknown, so the content goes to a fresh
      // one.
      return false;
    }
  }

  private void goOnMoving(int appendedBytes) {
    try {
      if (move.step(appendedBytes)) {
        replaceBy(move.fresh());
      }
    } catch (IOException | RuntimeException e) {
      // The change is in the current file.
      tryMovingLater();
    }
  }

  /** Whether the move that is under way could be brought to its end. */
  private boolean finishMove() {
    try {
      move.finish();
      replaceBy(move.fresh());
      return true;
    } catch (IOException | RuntimeException e) {
      tryMovingLater();
      return false;
    }
  }

  private void tryMovingLater() {
    abandonMove();
    while (moveAt < FULL - 1 && current.isFilledTo(moveAt)) {
      moveAt = (moveAt + FULL) / 2;
    }
  }

  private void abandonMove() {
    JournalMove given = move;
    move = null;
    if (given != null && given.abandon()) {
      replaceBy(given.fresh());
      incomplete = true;
    }
  }

  /** Writes the state into a fresh file, which is the current one when this returns. */
  private void moveNow(JournalFold fold) throws IOException {
    replaceBy(
        fileSwitch.write(fold.snapshot(), current.number() + 1, Optional.empty(), durable, false));
  }

  private void replaceBy(JournalFile fresh) {
    JournalFile old = current;
    current = fresh;
    incomplete = false;
    move = null;
    moveAt = MOVE_AT;
    forceFailed = false;
    directoryForced = false;
    awaitClosing();
    closing =
        disk.begin(() -> {
          old.close();
          return null;
        });
  }

  private void awaitClosing() {
    try {
      if (closing != null) {
        closing.await();
      }
    } catch (IOException | RuntimeException ignored) {
      // Nothing is buffered in the old file, and nobody needs it.
    }
    closing = null;
  }

  /** Has a journal that was begun plain in a map when this returns. */
  void prepare(JournalFold fold) throws IOException {
    if (current.isPlain() && (move == null || !finishMove())) {
      moveNow(fold);
    }
  }

  /**
   * Makes everything that was added survive a power cut.
   *
   * @param fold the state
   * @throws IOException if that is not sure; calling again tries with a fresh file
   */
  void sync(Supplier<JournalFold> fold) throws IOException {
    durable = true;
    if (move != null && (forceFailed || move.isFilled())) {
      finishMove();
    }
    if (forceFailed || incomplete) {
      // The kernel marks pages clean whose writing failed, so forcing the same file again would
      // prove nothing.
      moveNow(fold.get());
    }
    try {
      current.force(false);
      if (!directoryForced) {
        disk.forceFolder(directory);
        directoryForced = true;
      }
    } catch (IOException e) {
      forceFailed = true;
      throw e;
    }
    if (move != null) {
      move.promise();
    }
  }

  @Override
  public void close() {
    try {
      abandonMove();
    } finally {
      leave();
    }
  }

  /** Closes everything, and changes nothing on the disk. */
  void leave() {
    if (move != null) {
      move.leave();
      move = null;
    }
    awaitClosing();
    current.close();
  }
}
