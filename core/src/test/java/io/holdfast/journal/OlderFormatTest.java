package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal that a Holdfast of format 1 has written: refused by name, and never thrown away. */
class OlderFormatTest {
  @TempDir private Path temporary;
  private Path file;

  /** The resource was written by the code of that time. */
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

  @Test
  void itIsRefusedByName() {
    assertThatThrownBy(() -> JournalReader.read(file))
        .isInstanceOf(JournalTooOldException.class)
        .hasMessageContaining("format 1")
        .hasMessageContaining("reads format " + Frame.VERSION);
  }

  @Test
  void startingOverInItsPlaceKeepsIt() throws IOException {
    byte[] old = Files.readAllBytes(file);
    Journal.startOver(file, header()).close();
    assertThat(JournalReader.read(file).state()).isEqualTo(new JournalFold(header()).state());
    List<Path> kept =
        Disk.local().list(file.getParent()).stream()
            .filter(path -> path.getFileName().toString().startsWith("journal.other-format-"))
            .toList();
    assertThat(kept).hasSize(1);
    assertThat(Files.readAllBytes(kept.getFirst())).isEqualTo(old);
  }
}
