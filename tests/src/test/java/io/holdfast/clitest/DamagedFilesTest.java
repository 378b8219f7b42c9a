package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.clitest.Holdfast.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DamagedFilesTest {
  @TempDir private Path folder;

  private static Result inspect(Path path, String... more) {
    String[] all = new String[2 + more.length];
    all[0] = "inspect";
    all[1] = path.toString();
    System.arraycopy(more, 0, all, 2, more.length);
    return Holdfast.run(all);
  }

  private static void assertRefused(Result result) {
    assertThat(result.code()).as(result.toString()).isEqualTo(5);
    assertThat(result.err()).hasLineCount(1).startsWith("holdfast: ").doesNotContain("    at ");
  }

  @Test
  void aJournalAndAManifestAreShownWholeAndRefusedDamaged() throws IOException {
    try (Machine machine = Machine.create(folder).preserve().kexec()) {
      Path session = machine.state().resolve(TestDriver.SESSION);
      Result whole = inspect(session.resolve("journal"), "--extents");
      assertThat(whole.code()).as(whole.toString()).isZero();
      assertThat(whole.out()).contains("ring", "pool", "Extents of rings/pool");
      assertThat(inspect(session.resolve("manifest"), "--json").code()).isZero();

      byte[] manifest = Files.readAllBytes(session.resolve("manifest"));
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(manifest, manifest.length / 2));
      assertRefused(inspect(cut));
      manifest[manifest.length / 2] ^= 1;
      Result flipped = inspect(Files.write(folder.resolve("flipped"), manifest), "--json");
      assertRefused(flipped);
      DemoTest.assertOneDocument(flipped.out());
      assertThat(flipped.out()).contains("\"type\" : \"ManifestCorruptException\"");

      overwrite(session.resolve("journal"));
      Result state = inspect(machine.state());
      assertThat(state.code()).as(state.toString()).isEqualTo(5);
      assertThat(state.out()).contains("refused: ", "sealed ");
    }
  }

  /** Destroys every byte of a file but the first of its name's sake. */
  private static void overwrite(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer noise = ByteBuffer.allocate((int) channel.size());
      Arrays.fill(noise.array(), (byte) 0x33);
      channel.write(noise, 0);
    }
  }

  @Test
  void whatIsNeitherIsRefused() throws IOException {
    assertRefused(
        inspect(Files.writeString(folder.resolve("text"), "not a journal\n".repeat(1000))));
    assertRefused(inspect(Files.createFile(folder.resolve("empty"))));
    assertRefused(inspect(Files.writeString(folder.resolve("json"), "{\"format\": \"another\"}")));
  }

  @Test
  void aMissingFileIsOneLine() {
    Result missing = inspect(folder.resolve("absent"));
    assertThat(missing.code()).as(missing.toString()).isEqualTo(8);
    assertThat(missing.err()).hasLineCount(1).contains("absent");
  }

  @Test
  void aFaultShowsWhereOnlyIfAsked() {
    Result plain = Holdfast.run("--host", "sim:/proc/no/such", "doctor");
    assertThat(plain.err()).hasLineCount(1);
    Result traced = Holdfast.run("--host", "sim:/proc/no/such", "doctor", "--stacktrace");
    assertThat(traced.code()).isEqualTo(plain.code());
    assertThat(traced.err()).contains("    at io.holdfast.");
  }
}
