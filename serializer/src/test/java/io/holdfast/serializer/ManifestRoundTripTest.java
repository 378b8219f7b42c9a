package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.SessionState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Whatever session is written is read as the same session. */
class ManifestRoundTripTest {
  private static final int SESSIONS = 100;

  @Test
  void everySessionSurvivesCborAndJson() {
    RandomSessions sessions = new RandomSessions(Seed.random("round trip"));
    for (int i = 0; i < SESSIONS; i++) {
      SessionState session = sessions.session();
      byte[] envelope = Manifest.encode(session);
      assertThat(Manifest.decode(envelope)).isEqualTo(session);
      assertThat(Manifest.encode(Manifest.decode(envelope))).isEqualTo(envelope);
      String json = Manifest.toJson(session);
      assertThat(Manifest.fromJson(json)).as(json).isEqualTo(session);
      assertThat(Manifest.toJson(Manifest.fromJson(json))).isEqualTo(json);
    }
  }

  @Test
  void aManifestIsReadFromThePagesOfAMemfd() {
    SessionState session = new RandomSessions(Seed.random("pages")).session();
    byte[] envelope = Manifest.encode(session);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate((envelope.length + 4095) & -4096L, 4096);
      memory.copyFrom(MemorySegment.ofArray(envelope));
      assertThat(Manifest.decode(memory)).isEqualTo(session);
    }
    assertThat(Manifest.decode(MemorySegment.ofArray(envelope))).isEqualTo(session);
  }

  @Test
  void theDigestIsWhatTheManifestEndsIn() {
    byte[] envelope = Manifest.encode(new RandomSessions(Seed.random("digest")).session());
    assertThat(Manifest.sha256(envelope))
        .isEqualTo(Arrays.copyOfRange(envelope, envelope.length - 32, envelope.length));
  }
}
