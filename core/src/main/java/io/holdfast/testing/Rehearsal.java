package io.holdfast.testing;

import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Lets a driver live through kexecs on a simulated machine, so that its JVM can keep what that
 * takes: the classes of a restore, loaded and linked, in an AOT cache.
 *
 * <pre>{@code
 * if (args[0].equals("--rehearse")) {
 *   Rehearsal.run((host, state) -> {
 *     MyDriver driver = MyDriver.start(host, state); // openOrRestore, bind, buffers, first I/O
 *     driver.stop();
 *     return driver.preserve(); // the session
 *   });
 *   return;
 * }
 * }</pre>
 *
 * {@code java -XX:AOTCacheOutput=driver.aot … MyDriver --rehearse} then writes a cache with which
 * {@code java -XX:AOTCache=driver.aot … MyDriver} starts faster. A cache belongs to one JDK, one
 * class path and the same flags, which is why the driver's own JVM has to rehearse.
 *
 * <p>With {@code -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining} at the rehearsal the cache
 * has no method profiles, and the driver's first buffer is there sooner; what a driver has to do
 * for hours may be fast a little later.
 *
 * <p>Make it anew when a jar changes, under another name: JDK 25 does not look whether the jars are
 * those it was made of, and would run the old ones' code.
 */
public final class Rehearsal {
  /** A first start, a restore, and a restore of what was restored. */
  private static final int LIVES = 3;

  private Rehearsal() {}

  /** What a driver does from its start until it waits for the kexec. */
  @FunctionalInterface
  public interface Life {
    /**
     * Starts the driver on a host, and ends with its session preserved and open.
     *
     * @return the session
     */
    LiveSession live(Host host, Path stateDirectory) throws Exception;
  }

  /** Rehearses on a standard machine ({@link SimulatedHost#open(Path)}). */
  public static void run(Life life) throws Exception {
    run(SimulatedMachine.standard(), life);
  }

  /**
   * Lives a driver's life three times with a kexec after each, on this machine, in a temporary
   * directory that is removed afterwards.
   *
   * @throws IllegalStateException if a life ends with nothing preserved, or begins with nothing
   *     restored: that is not the start that is to be fast
   */
  public static void run(SimulatedMachine machine, Life life) throws Exception {
    Path directory = Files.createTempDirectory("holdfast-rehearsal-");
    try (SimulatedHost host = SimulatedHost.open(directory.resolve("machine"), machine)) {
      for (int number = 1; number <= LIVES; number++) {
        live(life, host, directory.resolve("state"), number);
      }
    } finally {
      delete(directory);
    }
  }

  private static void live(Life life, SimulatedHost host, Path state, int number) throws Exception {
    LiveSession session = life.live(host, state);
    try {
      if (number > 1 && !session.isRestored()) {
        throw new IllegalStateException(
            "life " + number + " has restored nothing; open the session with openOrRestore()");
      }
      if (host.kexec().sessionsCarried().isEmpty()) {
        throw new IllegalStateException(
            "life " + number + " ended with nothing preserved; call preserve() at its end");
      }
    } finally {
      Reference.reachabilityFence(session); // One that nobody has could be closed before.
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
