package io.holdfast.fleet;

import io.holdfast.DmaBuffer;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.Extent;
import io.holdfast.model.HoldfastException;
import io.holdfast.session.RestoreReport;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/** The live update of one simulated host with one session, and what becomes of the session. */
final class HostUpdate {
  private static final String SESSION = "nic0";
  private static final int LENGTH_BYTES = 64 << 10;

  /** What goes wrong on a host. */
  enum Fault {
    NONE,
    /** Its kernel has no live update. */
    NO_LIVE_UPDATE,
    /** Its device is gone after the kexec. */
    DEVICE_GONE,
    /** It is booted cold instead. */
    COLD_BOOT,
    /** What holds the sealed session is killed before the kexec. */
    HOLDER_KILLED
  }

  /** How it ended. */
  enum Outcome {
    /** The rollout did not get there; the driver runs as before. */
    UNTOUCHED,
    /** Everything is where it was. */
    KEPT,
    /** The kernel was not replaced, since the session could not be preserved. */
    REFUSED,
    /** The session waits in the kernel, and its memory is safe. */
    BLOCKED,
    /** The session is gone. */
    LOST;

    boolean stopsRollout() {
      return this != KEPT && this != UNTOUCHED;
    }
  }

  private HostUpdate() {}

  /** Seals the session of a machine in a folder, replaces the kernel and restores it. */
  static Outcome run(Path folder, long seed, Fault fault) {
    SimulatedMachine machine = SimulatedMachine.standard().withSeed(seed);
    if (fault == Fault.NO_LIVE_UPDATE) {
      machine = machine.withCommandLine("vfio.enable_unsafe_noiommu_mode=1");
    }
    try (SimulatedHost host = SimulatedHost.open(folder.resolve("machine"), machine)) {
      LiveSession session = LiveSession.openOrRestore(host, SESSION, folder.resolve("state"));
      DmaBuffer ring = ring(session);
      for (int at = 0; at < LENGTH_BYTES; at += Long.BYTES) {
        ring.segment().set(ValueLayout.JAVA_LONG, at, seed + at);
      }
      List<Extent> extents = ring.extents().stream().toList();
      try {
        session.preserve();
      } catch (HoldfastException refused) {
        session.close();
        return Outcome.REFUSED;
      }
      replaceKernel(host, fault);
      session.close();
      return restored(host, folder, seed, extents);
    }
  }

  private static DmaBuffer ring(LiveSession session) {
    Ioas rings = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, rings);
    return rings.buffer("ring", LENGTH_BYTES);
  }

  private static void replaceKernel(SimulatedHost host, Fault fault) {
    switch (fault) {
      case COLD_BOOT -> host.coldBoot();
      case DEVICE_GONE -> {
        host.unplug(SimulatedMachine.EDU_ADDRESS);
        host.kexec();
      }
      case HOLDER_KILLED -> {
        host.kill();
        host.kexec();
      }
      case NONE, NO_LIVE_UPDATE -> host.kexec();
    }
  }

  private static Outcome restored(
      SimulatedHost host, Path folder, long seed, List<Extent> extents) {
    try (LiveSession session = LiveSession.openOrRestore(host, SESSION, folder.resolve("state"))) {
      if (session.report().outcome() != RestoreReport.Outcome.RESTORED) {
        return Outcome.LOST;
      }
      DmaBuffer ring = ring(session);
      session.ready();
      if (!ring.extents().stream().toList().equals(extents)) {
        throw new IllegalStateException("seed " + seed + ": restored at other addresses");
      }
      for (int at = 0; at < LENGTH_BYTES; at += Long.BYTES) {
        if (ring.segment().get(ValueLayout.JAVA_LONG, at) != seed + at) {
          throw new IllegalStateException("seed " + seed + ": restored with other bytes");
        }
      }
      return Outcome.KEPT;
    } catch (HoldfastException refused) {
      return Outcome.BLOCKED;
    }
  }
}
