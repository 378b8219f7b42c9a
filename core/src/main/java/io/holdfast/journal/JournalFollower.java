package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.disk.FileErrors;
import io.holdfast.serializer.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Tells what is recorded in a journal as it happens.
 *
 * <p>It reads as {@link JournalReader} does: it takes no lock and writes nothing, so a writer never
 * waits for it, and what is left of one that was killed is nothing. When the journal moves to
 * another file it goes along, and tells what has changed meanwhile. Not thread-safe.
 */
public final class JournalFollower implements AutoCloseable {
  /** What was found since the last time. */
  public sealed interface Event {}

  /**
   * The journal as it is when it is opened for the first time, or when another takes its place.
   *
   * @param contents all of it
   */
  public record Opened(JournalContents contents) implements Event {}

  /**
   * One change was recorded.
   *
   * @param batch its last batch; the numbers start over when the journal moves to another file
   * @param records what was recorded
   */
  public record Changed(long batch, List<JournalRecord> records) implements Event {
    public Changed {
      records = List.copyOf(records);
    }
  }

  /**
   * The journal moved to another file.
   *
   * @param fileNumber which file of its journal it is now
   */
  public record Moved(int fileNumber) implements Event {}

  /**
   * Something is wrong with the file; nothing more is told until there is another.
   *
   * @param damage what, one sentence each
   */
  public record Damaged(List<String> damage) implements Event {
    public Damaged {
      damage = List.copyOf(damage);
    }
  }

  private final Path path;
  private DiskFile file;
  private Object fileKey;
  private JournalReader.Reading reading;
  private long tailAt;

  /** How many batches have been told of. */
  private long told;

  /** Where to look for the next batch first. */
  private long nextAt;

  private boolean damaged;

  private JournalFollower(Path path) {
    this.path = path;
  }

  /** A follower of the journal at a path; the first {@link #poll} opens it. */
  public static JournalFollower of(Path path) {
    return new JournalFollower(path.toAbsolutePath().normalize());
  }

  /**
   * What has been recorded since the last time, in order; nothing if nothing has. Does not wait.
   *
   * @throws JournalException as {@link JournalReader#read}, where there is no journal that could be
   *     followed
   */
  public List<Event> poll() {
    List<Event> events = new ArrayList<>();
    try {
      if (!Objects.equals(keyOf(path), fileKey)) {
        reopen(events);
      } else if (!damaged) {
        readOn(events);
      }
    } catch (NoSuchFileException e) {
      throw new JournalMissingException("there is no " + path, "check the path");
    } catch (IOException e) {
      throw new JournalIoException(
          "cannot read " + path + " (" + FileErrors.describe(e) + ")",
          "check the disk and the path",
          e);
    }
    return events;
  }

  /** What tells a file from another that takes its place. */
  private static Object keyOf(Path path) throws IOException {
    return Files.readAttributes(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
  }

  private void reopen(List<Event> events) throws IOException {
    close();
    PrivateFiles.checkFile(path, true);
    fileKey = keyOf(path);
    file = Disk.local().open(path, false);
    JournalReader.Reading before = reading;
    reading = JournalReader.scan(path, file);
    tailAt = file.sizeBytes() - Tail.BYTES;
    told = reading.batches();
    nextAt = 0;
    damaged = !reading.damage().isEmpty();
    if (before == null || !before.header().journal().equals(reading.header().journal())) {
      events.add(new Opened(reading.contents()));
    } else {
      events.add(new Moved(reading.fileNumber()));
      List<JournalRecord> missed =
          StateDifference.records(
              before.fold().state(),
              before.fold().seal(),
              reading.fold().state(),
              reading.fold().seal());
      if (!missed.isEmpty()) {
        events.add(new Changed(told - 1, missed));
      }
    }
    if (damaged) {
      events.add(new Damaged(reading.damage()));
    }
  }

  private void readOn(List<Event> events) throws IOException {
    long acknowledged = acknowledged();
    if (acknowledged == told) {
      return;
    }
    List<FrameScan.Found> batches = acknowledged < told ? null : find(acknowledged);
    if (batches == null) {
      tellDamage(
          events,
          List.of(
              acknowledged < 0
                  ? "the count of acknowledged batches is damaged"
                  : "missing or damaged: " + BatchSequence.range(told, acknowledged - 1)));
      return;
    }
    BatchSequence changes = BatchSequence.of(batches, told);
    Limits limits = Limits.of(tailAt);
    for (BatchSequence.Change change = changes.next(); change != null; change = changes.next()) {
      try {
        List<JournalRecord> records =
            RecordCodec.readAll(reading.format(), change.source(), limits);
        records.forEach(reading.fold()::apply);
        reading.fold().require(limits);
        events.add(new Changed(change.last(), records));
      } catch (IllegalArgumentException e) {
        tellDamage(
            events,
            List.of(
                BatchSequence.range(change.first(), change.last())
                    + " cannot be understood: "
                    + e.getMessage()));
        return;
      }
    }
    told = acknowledged;
    FrameScan.Found last = batches.getLast();
    nextAt = last.at() + last.bytes().length;
  }

  private void tellDamage(List<Event> events, List<String> damage) {
    damaged = true;
    events.add(new Damaged(damage));
  }

  private long acknowledged() throws IOException {
    byte[] page = new byte[Tail.BYTES];
    file.read(ByteBuffer.wrap(page), tailAt);
    return Tail.acknowledged(
        page, reading.format(), reading.header().journal(), reading.fileNumber());
  }

  /** The batches from the next up to a number, in order; null if not all of them are there. */
  private List<FrameScan.Found> find(long end) throws IOException {
    List<FrameScan.Found> found = find(FrameScan.from(file, nextAt, end - 1), end);
    return found != null || nextAt == 0 ? found : find(FrameScan.of(file), end);
  }

  private List<FrameScan.Found> find(FrameScan scan, long end) {
    Map<Long, FrameScan.Found> bySequence = new HashMap<>();
    for (FrameScan.Found frame : scan.frames()) {
      if (Frame.isOf(
          frame.bytes(), 0, reading.format(), reading.header().journal(), reading.fileNumber())) {
        bySequence.putIfAbsent(frame.sequence(), frame);
      }
    }
    List<FrameScan.Found> batches = new ArrayList<>();
    for (long sequence = told; sequence < end; sequence++) {
      FrameScan.Found frame = bySequence.get(sequence);
      if (frame == null) {
        return null;
      }
      batches.add(frame);
    }
    return batches;
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
