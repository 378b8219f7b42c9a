package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Extensions;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.serializer.ManifestException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class ManifestDecoderTest {
  private static byte[] manifest(long generation) {
    return Manifest.encode(
        new SessionState(
                "nic0",
                new UUID(1, 2),
                generation,
                new HostIdentity("machine", "7.3.0", "amd64", 4096),
                List.of(new UUID(3, 4)),
                Extensions.NONE)
            .withSealedAt(Instant.EPOCH));
  }

  @Test
  void theSameBytesAreDecodedOnce() {
    ManifestDecoder decoder = new ManifestDecoder();
    SessionState first = decoder.decode(manifest(1));
    assertThat(decoder.decode(manifest(1))).isSameAs(first);
    assertThat(decoder.decodeAndForget(manifest(1))).isSameAs(first);
    assertThat(decoder.decode(manifest(1))).isEqualTo(first).isNotSameAs(first);
  }

  @Test
  void otherBytesAreDecodedAndCheckedForThemselves() {
    ManifestDecoder decoder = new ManifestDecoder();
    decoder.decode(manifest(1));
    assertThat(decoder.decode(manifest(2)).generation()).isEqualTo(2);
    byte[] damaged = manifest(2);
    damaged[damaged.length / 2] ^= 1;
    assertThatThrownBy(() -> decoder.decode(damaged)).isInstanceOf(ManifestException.class);
    assertThatThrownBy(() -> decoder.decode(damaged)).isInstanceOf(ManifestException.class);
    assertThat(decoder.decode(manifest(2)).generation()).isEqualTo(2);
  }
}
