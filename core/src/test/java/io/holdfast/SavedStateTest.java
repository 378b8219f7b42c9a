package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionException;
import io.holdfast.sim.KexecMode;
import io.holdfast.testing.SimulatedHost;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a driver saves of its own, and finds in its next life. */
class SavedStateTest extends KeptSessionFixture {
  private static final int CAPACITY = 256;

  private static void save(SavedState state, int version, String text) {
    state.save(version, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static String text(SavedState state) {
    return new String(state.bytes().orElseThrow(), StandardCharsets.UTF_8);
  }

  @Test
  void nothingIsSavedAtFirst() {
    SavedState state = session(process()).state("queues", CAPACITY);
    assertThat(state.isPresent()).isFalse();
    assertThat(state.bytes()).isEmpty();
    assertThat(state.life()).isEqualTo(1);
    assertThat(state.savedInLife()).isZero();
    assertThat(state.capacityBytes()).isEqualTo(CAPACITY);
    assertThat(state.name()).isEqualTo("queues");
  }

  @Test
  void itComesThroughADeathAndALiveUpdate() throws InterruptedException {
    SimulatedHost first = process();
    LiveSession session = session(first);
    session.bind(EDU, session.ioas("rings"));
    save(session.state("queues", CAPACITY), 3, "head 17");
    save(session.state("queues", CAPACITY), 3, "head 18");
    first.kill();

    SimulatedHost second = process();
    session = session(second);
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    SavedState state = session.state("queues", CAPACITY);
    assertThat(text(state)).isEqualTo("head 18");
    assertThat(state.version()).isEqualTo(3);
    assertThat(state.life()).isEqualTo(2);
    assertThat(state.savedInLife()).isEqualTo(1);
    assertThat(session.state("queues", CAPACITY).life()).describedAs("the same life").isEqualTo(2);
    session.preserve();
    save(state, 4, "after the seal");
    session.leave();
    second.kill();
    kernel.kexec(KexecMode.FILE);
    stopHolder();
    startHolder(1000);

    SimulatedHost third = process();
    session = session(third);
    state = session.state("queues", CAPACITY);
    assertThat(text(state)).isEqualTo("after the seal");
    assertThat(state.version()).isEqualTo(4);
    assertThat(state.life()).isEqualTo(3);
    assertThat(state.savedInLife()).isEqualTo(2);
  }

  @Test
  void theLastSaveOfAnyLengthIsFound() {
    SavedState state = session(process()).state("queues", CAPACITY);
    for (int length = 0; length <= CAPACITY; length++) {
      save(state, length, "x".repeat(length));
      assertThat(text(state)).hasSize(length);
      assertThat(state.version()).isEqualTo(length);
    }
    assertThatThrownBy(() -> save(state, 1, "x".repeat(CAPACITY + 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("room for 256 bytes, not for 257");
    assertThat(text(state)).hasSize(CAPACITY);
  }

  @Test
  void aNameStandsForOneThing() {
    SimulatedHost host = process();
    LiveSession session = session(host);
    session.state("queues", CAPACITY);
    assertThatThrownBy(() -> session.state("queues", 2 * CAPACITY))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("state \"queues\" has room for 256 bytes, not for 512");
    session.file("frames", () -> memfd(host, "frames", PAGE));
    assertThatThrownBy(() -> session.state("frames", CAPACITY))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("memfd \"frames\" is not one that state() made");
    assertThatThrownBy(() -> session.state("none", 0)).hasMessageContaining("1 to 1048576 bytes");
    assertThatThrownBy(() -> session.state("none", 2 << 20)).hasMessageContaining("1 to 1048576");
  }

  @Test
  void itEndsWithTheSession() {
    LiveSession session = session(process());
    SavedState state = session.state("queues", CAPACITY);
    session.close();
    assertThatThrownBy(() -> save(state, 1, "late")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void savingAllocatesNothing() {
    SavedState state = session(process()).state("queues", CAPACITY);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(64, 8);
      long least = Long.MAX_VALUE;
      for (int round = 0; round < 40; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1000; i++) {
          bytes.set(ValueLayout.JAVA_INT, 0, i);
          state.save(i, bytes);
          state.read(bytes);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least / 1000).isZero();
    }
  }
}
