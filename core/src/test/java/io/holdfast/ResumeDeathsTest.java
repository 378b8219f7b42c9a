package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HoldfastException;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.sys.FaultInjectingSyscalls.ProcessDied;
import io.holdfast.testing.SimulatedHost;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * A driver dies after each of its system calls in turn, and a resume fails at each of its own:
 * whatever was acknowledged to the driver is there again, in the same pages.
 */
class ResumeDeathsTest extends KeptSessionFixture {
  /** The calls that change something, or tell the store. */
  private static final Set<String> CHANGING =
      Set.of("open", "ioctl", "memfd_create", "ftruncate", "sendmsg", "close", "dup2", "pwrite");

  /** What the driver has been given, and not asked to give up. */
  private final Map<String, Long> acknowledged = new LinkedHashMap<>();

  private boolean bound;

  /** A whole life: things are made, given up, made again, preserved and taken back. */
  private void live(SimulatedHost host) {
    LiveSession session = session(host);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    bound = true;
    device.enableBusMastering();
    make(rings, "a", 2 * PAGE);
    make(rings, "b", PAGE);
    DmaFile file = session.file("frames", () -> memfd(host, "frames", PAGE));
    acknowledge(rings.map("f", file, 0, PAGE, MapOptions.defaults()));
    acknowledged.remove("b");
    rings.find("b").orElseThrow().close();
    make(rings, "c", 3 * PAGE);
    session.preserve(PreserveOptions.defaults().whileDevicesWrite());
    session.cancelPreserve();
    bound = false;
    acknowledged.replaceAll((name, address) -> 0L); // Nothing is pinned from here on.
    device.close();
    session.bind(EDU, rings);
    bound = true;
    rings.buffers().forEach(each -> acknowledged.put(each.name(), each.physicalAddress(0)));
    session.leave();
  }

  private void make(Ioas rings, String name, long lengthBytes) {
    DmaBuffer buffer = rings.buffer(name, lengthBytes);
    fill(buffer, name.hashCode());
    acknowledge(buffer);
  }

  private void acknowledge(DmaBuffer buffer) {
    acknowledged.put(buffer.name(), buffer.physicalAddress(0));
  }

  private void checkAfter(SimulatedHost host, String when) {
    LiveSession session = session(host);
    Outcome outcome = session.report().outcome();
    if (bound || !acknowledged.isEmpty()) {
      assertThat(outcome).as(when).isEqualTo(Outcome.RESUMED);
    }
    acknowledged.forEach((name, address) -> {
      DmaBuffer buffer =
          session
              .ioases()
              .getFirst()
              .find(name)
              .orElseThrow(() -> new AssertionError(when + ": buffer " + name + " is gone"));
      if (!name.equals("f")) {
        checkFill(buffer, name.hashCode());
      }
      if (address != 0) {
        assertThat(buffer.physicalAddress(0)).as("%s: %s", when, name).isEqualTo(address);
      }
    });
    session.cancelPreserve();
    // What comes next works: nothing of what died half way is in the way.
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings).enableBusMastering();
    copyByDma(session.device(EDU).orElseThrow(), rings.buffer("x", PAGE), rings.buffer("y", PAGE));
    assertThat(kernel.violations()).as(when).isEmpty();
    session.discard();
    assertThat(holder.kept()).as("%s: kept after closing", when).isZero();
    assertThat(kernel.pinnedMemoryBytes()).as("%s: pinned after closing", when).isZero();
  }

  private static Fault dieAfter(int nth) {
    AtomicInteger left = new AtomicInteger(nth);
    return call ->
        CHANGING.contains(call.name()) && left.decrementAndGet() == 0
            ? Fault.DIE_AFTER
            : Fault.NONE;
  }

  private static Fault fail(int nth, int errno) {
    AtomicInteger left = new AtomicInteger(nth);
    return call ->
        CHANGING.contains(call.name())
                && !call.name().equals("close")
                && left.decrementAndGet() == 0
            ? errno
            : Fault.NONE;
  }

  @Test
  void whateverTheLastCallWas() {
    boolean died = true;
    for (int nth = 1; died; nth++) {
      acknowledged.clear();
      bound = false;
      SimulatedHost host = process();
      host.faults(dieAfter(nth));
      try {
        live(host);
        died = false;
      } catch (ProcessDied | HoldfastException | IllegalStateException dead) {
        died = host.process() != null; // Buries it.
      }
      host.close();
      checkAfter(process(), "after call " + nth);
    }
  }

  @Test
  void theResumingProcessMayDieToo() {
    boolean died = true;
    for (int nth = 1; died; nth++) {
      acknowledged.clear();
      SimulatedHost first = process();
      live(first);
      first.close();
      SimulatedHost second = process();
      second.faults(dieAfter(nth));
      died = false;
      try {
        session(second);
      } catch (ProcessDied | HoldfastException | IllegalStateException dead) {
        died = true;
      }
      second.close();
      checkAfter(process(), "after call " + nth + " of the resume");
    }
  }

  @Test
  void aResumeThatFailsCanBeTriedAgain() {
    boolean failed = true;
    for (int nth = 1; failed; nth++) {
      acknowledged.clear();
      SimulatedHost first = process();
      live(first);
      first.close();
      SimulatedHost second = process();
      AtomicInteger seen = new AtomicInteger();
      Fault fault = fail(nth, Errno.ENOMEM);
      second.faults(call -> {
        int fate = fault.decide(call);
        seen.addAndGet(fate > 0 ? 1 : 0);
        return fate;
      });
      try {
        LiveSession session = session(second);
        session.leave();
      } catch (HoldfastException refused) {
        // Refused, or told and given up; either way nothing may be lost, unless the store was.
      }
      failed = seen.get() > 0;
      second.close();
      if (holder.kept() > 0) {
        checkAfter(process(), "after failure " + nth + " of the resume");
      }
    }
  }
}
