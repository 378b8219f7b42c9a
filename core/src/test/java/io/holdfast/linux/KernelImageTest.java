package io.holdfast.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelImageTest {
  private static final int SETUP_SECTORS = 3;
  private static final int PAYLOAD = 0x40;

  private final Syscalls kernel = NativeSyscalls.open();
  @TempDir private Path folder;

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** What is inside a kernel: its banner, its options, the versions it hands over. */
  private static byte[] vmlinux() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(
        "\0Linux version 7.3.1-test (root@vm)\0kho-v4\0luo-v5\0memfd-v2\0"
            .getBytes(StandardCharsets.US_ASCII));
    out.write("IKCFG_ST".getBytes(StandardCharsets.US_ASCII));
    out.write(
        gzip(
            "# a comment\nCONFIG_LIVEUPDATE=y\nCONFIG_VFIO=m\n# CONFIG_X is not set\n"
                .getBytes(StandardCharsets.US_ASCII)));
    out.write("IKCFG_ED\0".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static byte[] bzImage(byte[] payload) {
    int setup = (SETUP_SECTORS + 1) * 512;
    ByteBuffer image =
        ByteBuffer.allocate(setup + PAYLOAD + payload.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1f1, (byte) SETUP_SECTORS);
    image.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII));
    image.putShort(0x206, (short) 0x20f);
    image.putShort(0x20e, (short) 0x400);
    image.put(0x600, "7.3.1-test (root@vm) #1\0".getBytes(StandardCharsets.US_ASCII));
    image.putInt(0x248, PAYLOAD);
    image.putInt(0x24c, payload.length);
    image.put(setup + PAYLOAD, payload);
    return image.array();
  }

  private Optional<KernelImage> read(byte[] file) throws IOException {
    Path path = folder.resolve("vmlinuz");
    Files.write(path, file);
    return KernelImage.read(kernel, path.toString());
  }

  @Test
  void looksIntoAnImageCompressedByGzip() throws IOException {
    KernelImage image = read(bzImage(gzip(vmlinux()))).orElseThrow();
    assertThat(image.release()).contains("7.3.1-test");
    assertThat(image.handover()).containsExactly("kho-v4", "luo-v5", "memfd-v2");
    assertThat(image.config().orElseThrow().values())
        .isEqualTo(Map.of("CONFIG_LIVEUPDATE", "y", "CONFIG_VFIO", "m"));
  }

  @Test
  void looksIntoAKernelThatIsCompressedAsAWhole() throws IOException {
    KernelImage image = read(gzip(vmlinux())).orElseThrow();
    assertThat(image.release()).contains("7.3.1-test");
    assertThat(image.handover()).hasSize(3);
  }

  @Test
  void readsTheOptionsBesideAnImageItCannotUnpack() throws IOException {
    Files.writeString(folder.resolve("config-7.3.1-test"), "CONFIG_LIVEUPDATE=y\n");
    KernelImage image =
        read(bzImage(new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd})).orElseThrow();
    assertThat(image.release()).contains("7.3.1-test");
    assertThat(image.handover()).isEmpty();
    assertThat(image.config().orElseThrow().has("CONFIG_LIVEUPDATE")).isTrue();
    assertThat(image.unreadable()).contains("zstd");
  }

  @ParameterizedTest
  @CsvSource({
    "zstd, 28b52ffd",
    "xz, fd377a585a00",
    "lz4, 02214c18",
    "bzip2, 425a6839",
    "lzma, 5d000000",
    "lzo, 894c5a4f"
  })
  void namesWhatItCannotUnpack(String compression, String magic) throws IOException {
    byte[] payload = HexFormat.of().parseHex(magic);
    assertThat(read(bzImage(payload)).orElseThrow().unreadable()).contains(compression);
    assertThat(read(bzImage(gzip(vmlinux()))).orElseThrow().unreadable()).isEmpty();
  }

  @Test
  void takesNothingElseForAKernel() throws IOException {
    assertThat(read(new byte[0])).isEmpty();
    assertThat(read("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII))).isEmpty();
    assertThat(read(gzip("hello".getBytes(StandardCharsets.US_ASCII)))).isEmpty();
    assertThat(KernelImage.read(kernel, folder.toString())).isEmpty();
    assertThat(KernelImage.read(kernel, folder.resolve("none").toString())).isEmpty();
    assertThat(KernelImage.read(kernel, "/dev/zero")).isEmpty();
  }

  @Test
  void survivesDamage() throws IOException {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] good = bzImage(gzip(vmlinux()));
    for (int i = 0; i < 500; i++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 1));
      for (int flips = random.nextInt(8); flips > 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      assertThat(read(bad)).as("seed %d, image %d", seed, i).isNotNull();
    }
  }
}
