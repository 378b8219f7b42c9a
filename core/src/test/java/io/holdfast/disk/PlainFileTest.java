package io.holdfast.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PlainFileTest {
  @TempDir private Path directory;

  private static void assertRefused(Path path, String what) {
    assertThatThrownBy(() -> PlainFile.pin(path))
        .isInstanceOf(NotPlainFileException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(what);
  }

  @Test
  void whatIsNoPlainFileIsRefusedWithoutOpeningIt() throws IOException, InterruptedException {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start().waitFor())
        .isZero();
    assertRefused(fifo, "a FIFO");
    assertRefused(directory, "a directory");
    assertRefused(Path.of("/dev/zero"), "a device");
    Path link =
        Files.createSymbolicLink(
            directory.resolve("link"), Files.createFile(directory.resolve("file")));
    assertRefused(link, "a symbolic link");
    assertRefused(
        Files.createSymbolicLink(directory.resolve("dangling"), Path.of("nowhere")),
        "a symbolic link");
    Path socket = directory.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertRefused(socket, "a socket");
    }
  }

  @Test
  void whatIsNotThereIsMissing() {
    assertThatThrownBy(() -> PlainFile.pin(directory.resolve("absent")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("absent");
  }

  @Test
  void whatWasLookedAtIsWhatIsReadWhateverIsAtItsPathNow() throws IOException {
    Path path = Files.writeString(directory.resolve("file"), "first");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
    try (PlainFile file = PlainFile.pin(path)) {
      Files.delete(path);
      Files.writeString(path, "somebody else's");
      assertThat(file.permissions()).isEqualTo(0640);
      assertThat(file.uid()).isEqualTo(Files.getAttribute(directory, "unix:uid"));
      assertThat(file.sizeBytes()).isEqualTo(5);
      assertThat(new String(file.read(100), US_ASCII)).isEqualTo("first");
      assertThat(file.read(2)).hasSize(2);
    }
  }

  @Test
  void noDescriptorIsLeftOpen() throws IOException {
    Path path = Files.writeString(directory.resolve("file"), "text");
    for (int i = 0; i < 50; i++) {
      PlainFile.pin(path).close();
      assertThatThrownBy(() -> PlainFile.pin(directory)).isInstanceOf(IOException.class);
    }
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      assertThat(open.filter(fd -> leadsTo(fd, directory))).isEmpty();
    }
  }

  private static boolean leadsTo(Path fd, Path below) {
    try {
      return Files.readSymbolicLink(fd).startsWith(below);
    } catch (IOException e) {
      return false;
    }
  }
}
