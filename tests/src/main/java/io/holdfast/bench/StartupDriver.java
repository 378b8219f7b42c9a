package io.holdfast.bench;

import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.disk.Disk;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.Rehearsal;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;

/**
 * The driver that {@link StartupBenchmark} starts: {@code set-up DIR COUNT BYTES} preserves a
 * session of that many buffers and replaces the kernel, {@code restore DIR} brings it back and
 * prints the nanoseconds from {@code main} to its first buffer, {@code preserve DIR HOW} preserves
 * the restored session and prints the nanoseconds of that; {@code rehearse} is what its AOT cache
 * is made by.
 */
final class StartupDriver {
  /** Before the next preserve: nothing, a pause in which the store is loaded, or prepare(). */
  enum Before {
    AT_ONCE,
    LATER,
    PREPARED
  }

  private static final String SESSION = "startup";
  private static final long PAUSE_MILLIS = 5_000;

  private StartupDriver() {}

  public static void main(String[] arguments) throws Exception {
    long begin = System.nanoTime();
    if (arguments[0].equals("rehearse")) {
      Rehearsal.run((host, state) -> {
        LiveSession session = open(host, state);
        buffer(session, 0, 64 << 10);
        session.preserve();
        return session;
      });
      return;
    }
    Path directory = Path.of(arguments[1]);
    SimulatedHost machine = SimulatedHost.open(directory.resolve("machine"));
    // preserve() is measured on a disk like a driver's: a simulated host does in order what that
    // does in the background, so that faults come at the same operations in every run.
    Host host =
        arguments[0].equals("restore")
            ? machine
            : new SyscallsHost(machine.kernel().process(), Disk.local(), "a host with a disk");
    LiveSession session = open(host, directory.resolve("state"));
    long nanos =
        switch (arguments[0]) {
          case "restore" -> buffer(session, 0, 64 << 10) == 0 ? -1 : System.nanoTime() - begin;
          case "set-up" -> {
            long bytes = Long.parseLong(arguments[3]);
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
              buffer(session, i, bytes);
            }
            long preserved = preserve(session);
            machine.kexec();
            yield preserved;
          }
          case "preserve" -> {
            switch (Before.valueOf(arguments[2])) {
              case AT_ONCE -> {}
              case LATER -> Thread.sleep(PAUSE_MILLIS);
              case PREPARED -> session.prepare();
            }
            yield preserve(session);
          }
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    if (session.isRestored() == arguments[0].equals("set-up")) {
      throw new IllegalStateException("the session began as it must not: " + session.report());
    }
    System.out.println(nanos);
    System.exit(0);
  }

  private static LiveSession open(Host host, Path state) {
    LiveSession session = LiveSession.openOrRestore(host, SESSION, state);
    session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
    return session;
  }

  private static long buffer(LiveSession session, int number, long bytes) {
    Ioas rings = session.ioas("rings");
    return rings.buffer("buffer-" + number, bytes).physicalAddress(0);
  }

  private static long preserve(LiveSession session) {
    long begin = System.nanoTime();
    session.preserve();
    return System.nanoTime() - begin;
  }
}
