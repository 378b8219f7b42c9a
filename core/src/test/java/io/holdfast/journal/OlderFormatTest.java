package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Sealed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that a Holdfast of format 1 has written: read, and carried into the present format. */
class OlderFormatTest {
  @TempDir private Path temporary;
  private Path file;

  /** The resource was written by the code of that time, with the records of {@link #expected}. */
  @BeforeEach
  void unpack() throws IOException {
    Path folder = temporary.resolve("nic0");
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    file = folder.resolve("journal");
    try (InputStream packed = OlderFormatTest.class.getResourceAsStream("format-1.journal.gz")) {
      Files.write(file, new GZIPInputStream(packed).readAllBytes());
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static JournalFold expected() {
    JournalFold fold = new JournalFold(header());
    setUp().forEach(fold::apply);
    for (int i = 0; i < 5; i++) {
      fold.apply(mapping(i));
    }
    fold.apply(mapping("fragmented", 100, fragmented(20_000)));
    fold.apply(new MappingRemoved("rings", "buffer-3"));
    fold.apply(new Sealed(Instant.parse("2026-03-01T12:00:00Z"), new byte[32]));
    return fold;
  }

  @Test
  void itIsReadAsItWasWritten() {
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.isOlderFormat()).isTrue();
    assertThat(contents.format()).isEqualTo(1);
    assertThat(contents.state()).isEqualTo(expected().state());
    assertThat(contents.seal()).isEqualTo(expected().seal());
    assertThat(contents.header().pid()).isEqualTo(4711);
    assertThat(contents.header().command()).isEmpty();
    assertThat(contents.header().begunAt()).isEmpty();
  }

  @Test
  void goingOnWithItCarriesItIntoThePresentFormatAndKeepsTheOld() throws IOException {
    byte[] old = Files.readAllBytes(file);
    try (Journal journal = Fixtures.goOn(file)) {
      journal.append(mapping(7));
    }
    JournalFold expected = expected();
    expected.apply(mapping(7));
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.format()).isEqualTo(Frame.VERSION);
    assertThat(contents.isOlderFormat()).isFalse();
    assertThat(contents.damage()).isEmpty();
    assertThat(contents.state()).isEqualTo(expected.state());
    assertThat(contents.header()).isEqualTo(header());
    assertThat(Files.readAllBytes(kept())).isEqualTo(old);
    assertThat(JournalReader.read(kept()).state()).isEqualTo(expected().state());
  }

  @Test
  void startingOverInItsPlaceKeepsItToo() throws IOException {
    byte[] old = Files.readAllBytes(file);
    Journal.startOver(file, header()).close();
    assertThat(JournalReader.read(file).state()).isEqualTo(new JournalFold(header()).state());
    assertThat(Files.readAllBytes(kept())).isEqualTo(old);
  }

  private Path kept() throws IOException {
    List<Path> kept =
        Disk.local().list(file.getParent()).stream()
            .filter(path -> path.getFileName().toString().startsWith("journal.format-1-"))
            .toList();
    assertThat(kept).hasSize(1);
    return kept.getFirst();
  }
}
