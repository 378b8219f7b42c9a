package io.holdfast.crash;

import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalException;
import io.holdfast.journal.JournalIoException;
import io.holdfast.journal.JournalReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The process of {@link FullDiskTest}: writes a journal on a small file system that other things
 * fill up, and checks at each refusal that nothing is lost and that it goes on once there is room.
 *
 * <p>Says {@code REFUSED WHERE MESSAGE} for each refusal and {@code OK REFUSALS} at its end.
 */
final class FullDiskWriter {
  private static final int CHANGES = 50;

  private final Path ballast;
  private final Path file;
  private int refusals;
  private int recorded;

  private FullDiskWriter(Path fileSystem) {
    ballast = fileSystem.resolve("ballast");
    file = fileSystem.resolve("state").resolve("journal");
  }

  /** Arguments: where the small file system is mounted, and how many KiB of it to leave free. */
  public static void main(String[] arguments) throws IOException {
    new FullDiskWriter(Path.of(arguments[0])).run(Integer.parseInt(arguments[1]));
  }

  private void run(int freeKib) throws IOException {
    fill(freeKib);
    try (Journal journal = open()) {
      for (int change = 0; change <= CHANGES; change++) {
        append(journal, change);
        if (change % 10 == 0) {
          journal.sync();
        }
      }
    }
    check();
    System.out.println("OK " + refusals);
  }

  private Journal open() throws IOException {
    try {
      return Journal.startOver(file, SteppedWriter.HEADER);
    } catch (JournalIoException e) {
      refused("create", e);
      makeRoom();
      return Journal.startOver(file, SteppedWriter.HEADER);
    }
  }

  private void append(Journal journal, int change) throws IOException {
    try {
      journal.append(SteppedWriter.change(change));
    } catch (JournalIoException e) {
      refused("change " + change, e);
      check();
      makeRoom();
      journal.append(SteppedWriter.change(change));
    }
    recorded = change + 1;
  }

  private void refused(String where, JournalException e) {
    refusals++;
    System.out.println("REFUSED " + where + " " + e.getMessage());
  }

  /** What is there is what was recorded. */
  private void check() {
    var contents = JournalReader.read(file);
    int mappings =
        contents.state().ioases().stream().mapToInt(ioas -> ioas.mappings().size()).sum();
    if (!contents.damage().isEmpty() || mappings != Math.max(0, recorded - 1)) {
      throw new IllegalStateException(
          recorded + " changes recorded, " + mappings + " mappings there, " + contents.damage());
    }
  }

  private void fill(int freeKib) throws IOException {
    long free = Files.getFileStore(ballast.getParent()).getUsableSpace();
    byte[] filling = new byte[(int) Math.max(0, free - freeKib * 1024L)];
    Arrays.fill(filling, (byte) 1);
    Files.write(ballast, filling);
  }

  private void makeRoom() throws IOException {
    Files.delete(ballast);
  }
}
