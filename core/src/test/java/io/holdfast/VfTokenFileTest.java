package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.NotPlainFileException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.UntrustedFileException;
import io.holdfast.session.VfTokens;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VF tokens in a file. */
class VfTokenFileTest {
  private static final PciAddress VIRTUAL = PciAddress.parse("0000:3b:02.0");
  private static final UUID TOKEN = UUID.fromString("a5b0c1d2-e3f4-4506-9718-293a4b5c6d7e");

  @TempDir Path directory;

  private Path file(String content, String permissions) throws IOException {
    Path file = directory.resolve("tokens");
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private void refused(String content, int line) throws IOException {
    Path file = file(content, "rw-------");
    assertThatThrownBy(() -> VfTokenFile.read(file))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining(file + ":" + line + " is not a PCI address and a UUID")
        .hasMessageContaining("uuidgen")
        .hasMessageNotContaining("a5b0");
  }

  @Test
  void aLineForEachDevice() throws IOException {
    Path file =
        file(
            "# of the tests\n\n  %s\t%s\n0000:3b:00.0 %s".formatted(VIRTUAL, TOKEN, TOKEN),
            "r--------");
    VfTokens tokens = VfTokenFile.read(file);
    assertThat(tokens.of(VIRTUAL)).contains(TOKEN);
    assertThat(tokens.has(PciAddress.parse("0000:3b:00.0"))).isTrue();
    assertThat(tokens.has(PciAddress.parse("0000:3b:00.1"))).isFalse();
    VfTokens others = VfTokens.none().with(VIRTUAL, new UUID(1, 2));
    assertThat(tokens.with(others).of(VIRTUAL)).contains(new UUID(1, 2));
    assertThat(SessionOptions.defaults().withVfTokens(tokens).vfTokens()).isEqualTo(tokens);
    assertThat(VfTokenFile.read(file("", "rw-------"))).isEqualTo(VfTokens.none());
  }

  @Test
  void anythingElseIsRefusedByItsLineAndNotTold() throws IOException {
    refused("0000:3b:02.0 " + TOKEN + "\n0000:3b:02.1", 2);
    refused("\n0000:3b:02.0 a5b0c1d2", 2);
    refused("0000:3b:02.0 a5b0c1d2-e3f4-4506-9718-1", 1);
    refused("a5b0:3b:42.0 " + TOKEN, 1);
    refused("0000:3b:02.0 " + TOKEN + " " + TOKEN, 1);
  }

  @Test
  void whatOthersCanReadIsNoSecret() throws IOException {
    for (String permissions : new String[] {"rw----r--", "rw--w----", "rw---x---"}) {
      Path file = file("", permissions);
      assertThatThrownBy(() -> VfTokenFile.read(file))
          .isInstanceOf(UntrustedFileException.class)
          .hasMessageContaining("is no secret")
          .hasMessageContaining("chmod 600");
    }
  }

  @Test
  void whatCannotBeAFileOfTokensIsNotRead() throws IOException {
    assertThatThrownBy(() -> VfTokenFile.read(directory)).isInstanceOf(NotPlainFileException.class);
    assertThatThrownBy(() -> VfTokenFile.read(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    Path file = file("", "rw-------");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(1L << 40);
    }
    assertThatThrownBy(() -> VfTokenFile.read(file))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("too much for VF tokens");
  }
}
