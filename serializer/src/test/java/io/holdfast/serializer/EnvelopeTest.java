package io.holdfast.serializer;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each way a manifest can be wrong from outside has an exception of its own, which says what to do.
 */
class EnvelopeTest {
  private static final byte[] ENVELOPE = Manifest.encode(Samples.SESSION);
  private static final byte[] BODY = Bodies.bodyOf(ENVELOPE);

  @Test
  void theEnvelopeIsTheOneThatIsDrawn() {
    assertThat(ENVELOPE).isEqualTo(Bodies.seal(BODY));
  }

  @Test
  void everyTruncationIsTruncated() {
    for (int length = 1; length < ENVELOPE.length; length++) {
      byte[] cut = Arrays.copyOf(ENVELOPE, length);
      assertThatThrownBy(() -> Manifest.decode(cut))
          .isInstanceOf(ManifestTruncatedException.class)
          .hasMessageContaining("after " + length + " of");
      assertThatThrownBy(() -> Manifest.decode(MemorySegment.ofArray(cut)))
          .isInstanceOf(ManifestTruncatedException.class);
      assertThatThrownBy(() -> Manifest.sha256(cut)).isInstanceOf(ManifestTruncatedException.class);
    }
  }

  @Test
  void everyFlippedBitIsNoticed() {
    for (int bit = 0; bit < ENVELOPE.length * 8; bit++) {
      byte[] flipped = ENVELOPE.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Class<?> expected =
          bit < 64
              ? ManifestForeignException.class
              : bit >= 128 && bit < 192 ? ManifestException.class : ManifestCorruptException.class;
      assertThatThrownBy(() -> Manifest.decode(flipped)).as("bit %d", bit).isInstanceOf(expected);
    }
  }

  @Test
  void otherBytesAreForeign() {
    for (String text :
        new String[] {"", "{\"format\": \"holdfast-manifest\"}", "\177ELF", "\0\0\0\0\0\0\0\0\0"}) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> Manifest.decode(bytes)).isInstanceOf(ManifestForeignException.class);
      assertThatThrownBy(() -> Manifest.decode(MemorySegment.ofArray(bytes)))
          .isInstanceOf(ManifestForeignException.class);
    }
  }

  @Test
  void aLengthThatLiesIsNoticedBeforeAnythingIsAllocated() {
    assertThatThrownBy(() -> Manifest.decode(withLength(Long.MAX_VALUE)))
        .isInstanceOf(ManifestTooLargeException.class);
    assertThatThrownBy(() -> Manifest.decode(withLength(Manifest.MAX_BYTES - 55)))
        .isInstanceOf(ManifestTooLargeException.class);
    assertThatThrownBy(() -> Manifest.decode(withLength(Manifest.MAX_BYTES - 56)))
        .isInstanceOf(ManifestTruncatedException.class);
    assertThatThrownBy(
            () -> Manifest.decode(MemorySegment.ofArray(withLength(Manifest.MAX_BYTES - 56))))
        .isInstanceOf(ManifestTruncatedException.class);
    assertThatThrownBy(() -> Manifest.decode(withLength(-1)))
        .isInstanceOf(ManifestCorruptException.class);
    assertThatThrownBy(() -> Manifest.decode(withLength(BODY.length - 1)))
        .isInstanceOf(ManifestCorruptException.class);
    assertThatThrownBy(() -> Manifest.decode(withLength(BODY.length + 1)))
        .isInstanceOf(ManifestTruncatedException.class);
  }

  @Test
  void aNewerMajorVersionAndUnknownFeaturesAreTooNew() {
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(2, 3, 0, BODY)))
        .isInstanceOf(ManifestTooNewException.class)
        .hasMessageContaining("2.3")
        .hasMessageContaining("1.0");
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(1, 0, 0x80, BODY)))
        .isInstanceOf(ManifestTooNewException.class)
        .hasMessageContaining("0x80");
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(0, 9, 0, BODY)))
        .isInstanceOf(ManifestCorruptException.class);
  }

  @Test
  void bytesAfterTheEndAreToleratedOnlyInMemoryAndOnlyIfZero() {
    byte[] longer = Arrays.copyOf(ENVELOPE, 8192);
    assertThat(Manifest.decode(MemorySegment.ofArray(longer))).isEqualTo(Samples.SESSION);
    assertThatThrownBy(() -> Manifest.decode(longer))
        .isInstanceOf(ManifestCorruptException.class)
        .hasMessageContaining("follow the end");
    longer[8191] = 1;
    assertThatThrownBy(() -> Manifest.decode(MemorySegment.ofArray(longer)))
        .isInstanceOf(ManifestCorruptException.class)
        .hasMessageContaining("byte 8191");
  }

  @Test
  void memoryFarLargerThanAManifestIsNotSearched(@TempDir Path folder) throws IOException {
    try (FileChannel sparse = FileChannel.open(folder.resolve("sparse"), CREATE_NEW, READ, WRITE);
        Arena arena = Arena.ofConfined()) {
      sparse.write(ByteBuffer.wrap(ENVELOPE));
      MemorySegment huge =
          sparse.map(FileChannel.MapMode.READ_WRITE, 0, Manifest.MAX_BYTES + (1L << 22), arena);
      assertThatThrownBy(() -> Manifest.decode(huge)).isInstanceOf(ManifestTooLargeException.class);
    }
  }

  private static byte[] withLength(long bodyBytes) {
    byte[] envelope = ENVELOPE.clone();
    ByteBuffer.wrap(envelope).putLong(16, bodyBytes);
    return envelope;
  }
}
