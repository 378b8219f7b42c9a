package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.LifecycleListener;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is told what becomes of a session, in which order. */
class LifecycleTest extends KeptSessionFixture {
  private final List<String> told = new ArrayList<>();

  private LifecycleListener listener(String name) {
    return new LifecycleListener() {
      @Override
      public void beforePreserve() {
        told.add(name + " stop");
      }

      @Override
      public void afterCancel() {
        told.add(name + " go on");
      }

      @Override
      public void beforeLeave() {
        told.add(name + " leave");
      }
    };
  }

  private LiveSession listened(SimulatedHost host) {
    LiveSession session = session(host);
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("ring", PAGE);
    session.addListener(listener("queue"));
    session.addListener(listener("interrupts"));
    return session;
  }

  @Test
  void everyoneIsToldInOrderAndBackwards() {
    LiveSession session = listened(process());
    session.preserve();
    assertThat(told).containsExactly("queue stop", "interrupts stop");
    told.clear();
    session.cancelPreserve();
    session.cancelPreserve(); // Nothing to take back: nobody is told.
    assertThat(told).containsExactly("interrupts go on", "queue go on");
    told.clear();
    session.leave();
    assertThat(told).containsExactly("interrupts leave", "queue leave");
  }

  @Test
  void aListenerStopsItsDevice() {
    LiveSession session = listened(process());
    VfioDevice device = session.device(EDU).orElseThrow();
    session.addListener(
        new LifecycleListener() {
          @Override
          public void beforePreserve() {
            device.disableBusMastering();
          }

          @Override
          public void afterCancel() {
            device.enableBusMastering();
          }
        });
    device.enableBusMastering();
    session.preserve(PreserveOptions.defaults().withChecksums());
    assertThat(device.isBusMaster()).isFalse();
    session.cancelPreserve();
    assertThat(device.isBusMaster()).isTrue();
  }

  @Test
  void whoeverWasToldToStopIsToldToGoOnWhenItFails() {
    SimulatedHost host = process();
    LiveSession session = listened(host);
    host.fail("LIVEUPDATE_SESSION_PRESERVE_FD", 1, Errno.ENOMEM);
    assertThatThrownBy(session::preserve).hasMessageContaining("ENOMEM");
    assertThat(told)
        .containsExactly("queue stop", "interrupts stop", "interrupts go on", "queue go on");
    told.clear();
    session.preserve();
    told.clear();
    assertThatThrownBy(session::preserve)
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("is sealed");
    assertThat(told).describedAs("the session is preserved, and nobody may go on").isEmpty();
  }

  @Test
  void aListenerThatThrowsEndsIt() {
    LiveSession session = listened(process());
    session.addListener(
        new LifecycleListener() {
          @Override
          public void beforePreserve() {
            throw new IllegalStateException("the device does not stop");
          }

          @Override
          public void beforeLeave() {
            throw new IllegalStateException("not now");
          }
        });
    assertThatThrownBy(session::preserve).hasMessage("the device does not stop");
    assertThat(session.isPreserved()).isFalse();
    assertThat(told)
        .containsExactly("queue stop", "interrupts stop", "interrupts go on", "queue go on");
    assertThatThrownBy(session::leave).hasMessage("not now");
    assertThat(session.ioases()).describedAs("open as before").hasSize(1);
  }
}
