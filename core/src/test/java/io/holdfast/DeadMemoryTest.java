package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.testing.SimulatedHost;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

/** Memory of a process that has died, in a session that was left without a device. */
class DeadMemoryTest extends KeptSessionFixture {
  @Test
  void isLostWithTheIommufdThatItWasMappedIn() {
    SimulatedHost first = process();
    LiveSession session = session(first);
    session.bind(EDU, session.ioas("rings"));
    MapOptions options = MapOptions.defaults().declaredTransient();
    session.ioas("rings").mapAnonymous("scratch", Arena.ofAuto().allocate(PAGE, PAGE), options);
    first.kill();

    SimulatedHost second = process();
    session = session(second);
    session.device(EDU).orElseThrow().close();
    second.kill();

    SimulatedHost third = process();
    session = session(third);
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(session.report().buffers())
        .singleElement()
        .satisfies(buffer -> {
          assertThat(buffer.verdict()).isEqualTo(Verdict.LOST);
          assertThat(buffer.detail()).contains("it went with that process's iommufd");
        });
    assertThat(session.ioas("rings").buffers()).isEmpty();
    session.bind(EDU, session.ioas("rings"));
    assertThat(session.ioas("rings").buffer("ring", PAGE).lengthBytes()).isEqualTo(PAGE);
  }
}
