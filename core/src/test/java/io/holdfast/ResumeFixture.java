package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.sim.KexecMode;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;

/** A driver with a running device, whose session a holder keeps. */
abstract class ResumeFixture extends KeptSessionFixture {
  long ring;
  long frames;

  /** A running device, a buffer of the session's and one of a memfd of the driver's. */
  LiveSession driver(SimulatedHost host) {
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    fill(rings.buffer("ring", 3 * PAGE), 1);
    fill(rings.map("frames", file(session, host), PAGE, PAGE, MapOptions.defaults()), 2);
    device.enableBusMastering();
    ring = rings.buffer("ring", 3 * PAGE).physicalAddress(0);
    frames = rings.find("frames").orElseThrow().physicalAddress(0);
    return session;
  }

  static DmaFile file(LiveSession session, SimulatedHost host) {
    return session.file(
        "frames",
        () -> {
          int fd = host.syscalls().memfd_create("frames", MemfdUapi.MFD_EXEC);
          assertThat(host.syscalls().ftruncate(fd, 2 * PAGE)).isZero();
          return fd;
        });
  }

  void checkResumed(LiveSession session, SimulatedHost host) {
    assertThat(session.report().outcome()).isEqualTo(Outcome.RESUMED);
    assertThat(session.isRestored()).isTrue();
    Ioas rings = session.ioas("rings");
    DmaBuffer buffer = rings.buffer("ring", 3 * PAGE);
    DmaBuffer other = rings.map("frames", file(session, host), PAGE, PAGE, MapOptions.defaults());
    checkFill(buffer, 1);
    checkFill(other, 2);
    assertThat(buffer.physicalAddress(0)).isEqualTo(ring);
    assertThat(other.physicalAddress(0)).isEqualTo(frames);
    assertThat(session.report().buffers()).allMatch(each -> each.verdict() == Verdict.SAME);
    assertThat(session.report().devices()).allMatch(each -> each.verdict() == Verdict.SAME);
  }

  void kexecWithASealedSession() {
    SimulatedHost first = process();
    LiveSession session = driver(first);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.leave();
    first.kill();
    kernel.kexec(KexecMode.FILE);
  }
}
