package io.holdfast.journal;

import io.holdfast.disk.Disk;
import io.holdfast.model.HoldfastException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The journal that the last writer of a session has left, read as far as is asked for.
 *
 * <p>Whose it is, and whether all of it is there, is found out at once: that needs the batches'
 * checksums and not what they say. A restore asks for no more, since its manifest says what there
 * is, and does not wait for thousands of records to be made objects of. Whoever has it holds the
 * journal's lock, or is content with what was there at the moment of reading. Not thread-safe.
 */
public final class PreviousJournal {
  private final Disk disk;
  private final Path file;
  private final List<String> notices = new ArrayList<>();
  private Optional<JournalHeader> header = Optional.empty();
  private Optional<String> reasonToKeep = Optional.empty();
  private Optional<JournalContents> contents = Optional.empty();
  private boolean readWhole;

  private PreviousJournal(Disk disk, Path file) {
    this.disk = disk;
    this.file = file;
  }

  /**
   * Reads whose journal is at the path, and whether it is whole. One that cannot be read is a
   * notice, not an error.
   *
   * @throws JournalTooNewException if a newer Holdfast wrote it: starting over would throw away
   *     what it has recorded
   * @throws JournalAccessException if others than its owner can change it, or it is not a plain
   *     file
   */
  public static PreviousJournal at(Disk disk, Path file) {
    PreviousJournal previous = new PreviousJournal(disk, file);
    if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
      previous.readWhole = true;
      return previous;
    }
    try {
      Optional<JournalReader.Outline> outline = JournalReader.outline(disk, file);
      if (outline.isPresent()) {
        previous.header = Optional.of(outline.get().header());
        previous.reasonToKeep = FileSwitch.reasonToKeep(outline.get().format(), List.of());
      } else {
        previous.readWhole();
      }
    } catch (HoldfastException e) {
      previous.cannotRead(e);
    }
    return previous;
  }

  /** Whose journal it is and who wrote it; empty if there is none, or it cannot be read. */
  public Optional<JournalHeader> header() {
    return header;
  }

  /** What it says; empty if there is none, or it cannot be read. Read when first asked for. */
  public Optional<JournalContents> contents() {
    if (!readWhole) {
      try {
        readWhole();
      } catch (HoldfastException e) {
        cannotRead(e);
      }
    }
    return contents;
  }

  private void readWhole() {
    readWhole = true;
    JournalContents read = JournalReader.scan(disk, file).contents();
    notices.addAll(read.damage());
    header = Optional.of(read.header());
    reasonToKeep = FileSwitch.reasonToKeep(read.format(), read.damage());
    contents = Optional.of(read);
  }

  private void cannotRead(HoldfastException e) {
    if (e instanceof JournalTooNewException || e instanceof JournalAccessException) {
      throw e;
    }
    readWhole = true;
    notices.add(e.getMessage());
    header = Optional.empty();
    reasonToKeep = Optional.of("damaged");
  }

  /** What is wrong with it, as far as it has been read; a sentence each. */
  public List<String> notices() {
    return List.copyOf(notices);
  }

  /** Why the file is to be kept aside when a new journal takes its place: a word for its name. */
  Optional<String> reasonToKeep() {
    return reasonToKeep;
  }
}
