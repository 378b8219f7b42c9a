package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.sys.Undo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Puts a fresh file in the place of a journal's current one.
 *
 * <p>The fresh file is written beside the old one, forced to disk if the old one was, and renamed
 * over it, so that a reader or a crash meets either the old file or the new one, whole. Used by the
 * holder of the lock only.
 */
final class FileSwitch {
  /** A restore does without. */
  private static final class Aside {
    static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  }

  private final Disk disk;
  private final Path file;
  private final JournalHeader header;

  FileSwitch(Disk disk, Path file, JournalHeader header) {
    this.disk = disk;
    this.file = file;
    this.header = header;
  }

  /** Removes files that a writer was making when it died. */
  void removeLeftovers() throws IOException {
    String prefix = file.getFileName() + ".new-";
    for (Path sibling : disk.list(file.getParent())) {
      if (sibling.getFileName().toString().startsWith(prefix)) {
        disk.delete(sibling);
      }
    }
  }

  /**
   * Why a file has to be kept aside, if it has to: a word for its new name.
   *
   * @param format the format it is in
   * @param damage what is wrong with it
   */
  static Optional<String> reasonToKeep(int format, List<String> damage) {
    if (!damage.isEmpty()) {
      return Optional.of("damaged");
    }
    return format == Frame.VERSION ? Optional.empty() : Optional.of("format-" + format);
  }

  /** As {@link #reasonToKeep(int, List)}, of whatever is there. */
  Optional<String> reasonToKeep() {
    try {
      JournalReader.Reading reading = JournalReader.scan(disk, file);
      return reasonToKeep(reading.format(), reading.damage());
    } catch (JournalMissingException e) {
      return Optional.empty();
    } catch (JournalException e) {
      return Optional.of("damaged");
    }
  }

  /**
   * Writes a state into a fresh file, which is the journal's file when this returns.
   *
   * @param number which file of its journal it is
   * @param keepOld why the old file is to be kept aside, if it is
   * @param durable whether what is in the old file has to survive a power cut
   * @param plain whether to do without Chronicle for now
   */
  JournalFile write(
      FoldSnapshot state, int number, Optional<String> keepOld, boolean durable, boolean plain)
      throws IOException {
    try (Undo undo = new Undo()) {
      JournalFile fresh = draft(state, number, durable, plain, () -> false);
      undo.with(() -> deleteDraft(number));
      undo.closes(fresh);
      if (keepOld.isPresent()) {
        keepAside(keepOld.get());
      }
      put(fresh);
      undo.forget();
      return fresh;
    }
  }

  /**
   * Writes a state into a fresh file, which is the journal's once it is {@linkplain #put put in
   * place}. Nothing is left where this fails.
   *
   * @param abandoned asked now and then; once it is true, this fails
   */
  JournalFile draft(
      FoldSnapshot state, int number, boolean durable, boolean plain, BooleanSupplier abandoned)
      throws IOException {
    Path beside = draft(number);
    if (Files.exists(beside, LinkOption.NOFOLLOW_LINKS)) {
      // What could neither be completed nor removed the last time.
      disk.delete(beside);
    }
    try (Undo undo = new Undo()) {
      JournalFile fresh = new Snapshot(disk, beside, header, number, state, abandoned).write(plain);
      undo.with(() -> deleteDraft(number));
      undo.closes(fresh);
      if (durable) {
        fresh.force(true);
      }
      undo.forget();
      return fresh;
    }
  }

  private Path draft(int number) {
    return file.resolveSibling(file.getFileName() + ".new-" + number);
  }

  /** Makes a draft the journal's file. */
  void put(JournalFile fresh) throws IOException {
    disk.rename(draft(fresh.number()), file);
  }

  /** Removes a draft that is of no use. */
  void deleteDraft(int number) {
    deleteLeftover(disk, draft(number));
  }

  /** A second name for the old file, so that there is never a moment without it. */
  private void keepAside(String reason) throws IOException {
    String name = file.getFileName() + "." + reason + "-" + Aside.TIME.format(Instant.now());
    Path aside = file.resolveSibling(name);
    for (int i = 2; Files.exists(aside, LinkOption.NOFOLLOW_LINKS); i++) {
      aside = file.resolveSibling(name + "-" + i);
    }
    disk.link(aside, file);
  }

  /** Removes what could not be completed; what cannot be removed now is by the next writer. */
  static void deleteLeftover(Disk disk, Path path) {
    try {
      disk.delete(path);
    } catch (IOException ignored) {
      // Whoever asked is told of the first failure, which says more.
    }
  }
}
