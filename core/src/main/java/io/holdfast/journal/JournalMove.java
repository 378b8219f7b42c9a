package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.Pending;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.Sink;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A journal's move to a fresh file, during which appends go on to the old one.
 *
 * <p>The state of one moment is written into the fresh file in the background, and forced to disk
 * there if the old file was. What is appended meanwhile is kept here, and written behind it, some
 * with each append, until the fresh file has everything; then it takes the old one's place, by a
 * rename in the background, for which ext4 takes tens of milliseconds. From its beginning until its
 * end is known every change is in both files when it is acknowledged, so that the journal is whole
 * whichever of them lies at its path. Guarded by the journal's lock.
 */
final class JournalMove {
  /** How much is written behind the snapshot at each append: well below a millisecond's worth. */
  private static final long STEP_BYTES = 64 << 10;

  /** A larger append has more than itself written, so that it ends. */
  private static final long STEP_FACTOR = 4;

  /** A copy of a change's records, since writing them leaves nothing of them. Used once. */
  static final class Change {
    final byte[] bytes;
    final int records;

    Change(Sink change, int records) {
      this.bytes = Arrays.copyOf(change.bytes(), Frame.HEADER_BYTES + change.size());
      this.records = records;
    }
  }

  private final Disk disk;
  private final FileSwitch fileSwitch;
  private final AtomicBoolean abandoned = new AtomicBoolean();
  private final Pending<JournalFile> draft;

  /** What has been appended to the old file and is not in the fresh one. */
  private final Queue<Change> behind = new ArrayDeque<>();

  /** The largest state since the snapshot; all of what the fresh file has must be readable. */
  private long mostObjects;

  private long mostExtents;

  /** The draft, once it is there. */
  private JournalFile fresh;

  /** Whether a sync has promised what the fresh file has not been forced with. */
  private boolean promised;

  private Pending<Void> forcing;
  private boolean forcingCoversPromises;

  /** The rename, once it has begun. */
  private Pending<Void> putting;

  private JournalMove(
      Disk disk, FileSwitch fileSwitch, FoldSnapshot state, int number, boolean durable) {
    this.disk = disk;
    this.fileSwitch = fileSwitch;
    this.draft = disk.begin(() -> fileSwitch.draft(state, number, durable, false, abandoned::get));
  }

  /**
   * Begins a move of what has been recorded so far.
   *
   * @param number which file of its journal the fresh one is
   * @param durable whether what is in the old file has been promised to survive a power cut
   */
  static JournalMove begin(
      Disk disk, FileSwitch fileSwitch, JournalFold fold, int number, boolean durable) {
    return new JournalMove(disk, fileSwitch, fold.snapshot(), number, durable);
  }

  /**
   * Takes note of a change that is in the old file now.
   *
   * @param fold the state with it
   */
  void append(Change change, JournalFold fold) {
    behind.add(change);
    Limits size = fold.size();
    mostObjects = Math.max(mostObjects, size.objects());
    mostExtents = Math.max(mostExtents, size.extents());
  }

  /** Takes note that a sync has promised everything that has been appended. */
  void promise() {
    promised = true;
    forcingCoversPromises = false;
  }

  /**
   * Goes on for a bounded time, without waiting for anything.
   *
   * @param appendedBytes how long the change is that was just appended
   * @return whether the fresh file, which has everything, is in the old one's place
   */
  boolean step(int appendedBytes) throws IOException {
    if (!draft.isDone()) {
      return false;
    }
    fresh = draft.await();
    long budget =
        putting == null ? Math.max(STEP_BYTES, STEP_FACTOR * appendedBytes) : Long.MAX_VALUE;
    while (!behind.isEmpty() && budget > 0) {
      budget -= writeNext();
    }
    if (putting != null) {
      requireRoom();
    } else if (behind.isEmpty() && isForced()) {
      put();
    }
    if (putting == null || !putting.isDone()) {
      return false;
    }
    putting.await();
    return true;
  }

  /** Whether the fresh file has everything that has been appended. */
  boolean isFilled() {
    return fresh != null && behind.isEmpty();
  }

  private int writeNext() throws IOException {
    Change next = behind.remove();
    if (!fresh.write(next.bytes, next.bytes.length, next.records)) {
      throw new IOException("the fresh file is full already");
    }
    return next.bytes.length;
  }

  private boolean isForced() throws IOException {
    if (!promised) {
      return true;
    }
    if (forcing == null) {
      forcingCoversPromises = true;
      forcing =
          disk.begin(() -> {
            fresh.force(true);
            return null;
          });
    }
    if (!forcing.isDone()) {
      return false;
    }
    forcing.await();
    forcing = null;
    promised = !forcingCoversPromises;
    return !promised;
  }

  /** Ends the move, however long that takes; the fresh file is in the old one's place then. */
  void finish() throws IOException {
    fresh = draft.await();
    while (!behind.isEmpty()) {
      writeNext();
    }
    if (forcing != null) {
      forcing.await();
      forcing = null;
    }
    if (promised) {
      fresh.force(true);
      promised = false;
    }
    if (putting == null) {
      put();
    }
    putting.await();
  }

  /** Begins to put the fresh file, which has everything, in the old one's place. */
  private void put() throws IOException {
    requireRoom();
    putting =
        disk.begin(() -> {
          fileSwitch.put(fresh);
          return null;
        });
  }

  private void requireRoom() throws IOException {
    if (!fresh.limits().allow(mostObjects, mostExtents)) {
      throw new IOException("the fresh file is too small for what was recorded meanwhile");
    }
  }

  /** The fresh file, which is in the old one's place. */
  JournalFile fresh() {
    return fresh;
  }

  /**
   * Gives the move up; nothing is left of it when this returns, unless the rename was under way and
   * could be done.
   *
   * @return whether it was: then the fresh file is the journal's, and may lack the last change
   */
  boolean abandon() {
    if (putting != null) {
      try {
        putting.await();
        return true;
      } catch (IOException | RuntimeException notDone) {
        putting = null;
      }
    }
    leave();
    if (fresh != null) {
      fileSwitch.deleteDraft(fresh.number());
    }
    return false;
  }

  /** Gives the move up, and leaves on the disk what has been written, as a death does. */
  void leave() {
    abandoned.set(true);
    try {
      if (forcing != null) {
        forcing.await();
      }
      if (putting != null) {
        putting.await();
      }
    } catch (IOException | RuntimeException ignored) {
      // It is closed all the same.
    }
    try {
      fresh = draft.await();
      fresh.close();
    } catch (IOException | RuntimeException ignored) {
      // A draft that failed has removed itself.
    }
  }
}
