package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What CBOR allows and the format does not. */
class BodyTest {
  private static final byte[] BODY = Bodies.bodyOf(Manifest.encode(Samples.SESSION));

  @ParameterizedTest
  @CsvSource({
    "6166 80, session.files, the field is there twice",
    "617a 01 617a 01, session.z, the field is there twice",
    "617a a2 6161 01 6161 02, session.z.a, the field is there twice",
    "617a c0 6161, session.z, no CBOR tag 0",
    "617a d8 1c 80, session.z, no CBOR tag 28",
    "617a d9 0100 80, session.z, no CBOR tag 256",
    "c1 617a 01, session, no CBOR tag 1",
    "617a f7, session.z, expected bytes",
    "617a e5, session.z, expected bytes",
    "617a 62 c328, session.z, UTF-8",
    "617a 1c, session.z, ''",
    "617a c2 5821 0100000000000000000000000000000000000000000000000000000000000000ff, session, an"
        + " extension can hold",
  })
  void isRefused(String fieldHex, String where, String what) {
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(withField(fieldHex))))
        .isInstanceOfSatisfying(
            ManifestCorruptException.class,
            e -> {
              assertThat(e.where()).startsWith(where);
              assertThat(e.what()).contains(what);
            });
  }

  @Test
  void theByteIsNamedAsItLiesInTheManifest() {
    // The field is the last one; its name starts where the end of the map was.
    int at = 24 + BODY.length - 1;
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(withField("6166 80"))))
        .hasMessageContaining("(byte " + (at + 2) + ")");
  }

  @Test
  void deepNestingIsRefusedNotFollowed() {
    String deep = "617a" + "81".repeat(100_000) + "01";
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(withField(deep))))
        .isInstanceOf(ManifestCorruptException.class);
  }

  @Test
  void anotherDocumentAfterTheSessionIsRefused() {
    byte[] two = new byte[BODY.length + 1];
    System.arraycopy(BODY, 0, two, 0, BODY.length);
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(two)))
        .isInstanceOf(ManifestCorruptException.class)
        .hasMessageContaining("something follows");
  }

  @Test
  void noBodyIsRefused() {
    assertThatThrownBy(() -> Manifest.decode(Bodies.seal(new byte[0])))
        .isInstanceOf(ManifestCorruptException.class)
        .hasMessageContaining("ends too early");
  }

  /** The sample's body with one more field of the session. */
  private static byte[] withField(String hex) {
    assertThat(BODY[BODY.length - 1]).as("end of an indefinite map").isEqualTo((byte) 0xff);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(BODY, 0, BODY.length - 1);
    body.writeBytes(HexFormat.of().parseHex(hex.replace(" ", "")));
    body.write(0xff);
    return body.toByteArray();
  }
}
