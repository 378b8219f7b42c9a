package io.holdfast.lives;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lives.Nth.Way;
import io.holdfast.model.Policy;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Lives a life for each N in which the N-th call, or operation on the disk, goes wrong. */
final class EveryNth {
  static final String IOAS = "rings";
  static final String OTHER_IOAS = "other";

  /** What is done under the fault, and what has been done before. */
  interface Scene {
    void prepare(Driver driver, Life life);

    void run(Driver driver);

    /** Whether a holder keeps what is left. */
    boolean isHeld();
  }

  /** What has been done before. */
  @FunctionalInterface
  interface Before {
    void prepare(Driver driver, Life life);
  }

  private EveryNth() {}

  /** Every call refused with every errno it can give; returns how many there were. */
  static int refusedCalls(Scene scene) throws IOException {
    int tried = 0;
    for (int number = 1, choice = 0; ; ) {
      Nth fate = new Nth(false, Way.REFUSED, number, choice);
      live(scene, fate);
      if (!fate.isReached()) {
        break;
      }
      tried++;
      choice = fate.isExhausted() ? 0 : choice + 1;
      number = fate.isExhausted() ? number + 1 : number;
    }
    System.out.println("refused calls: " + scene + " met " + tried);
    assertThat(tried).isPositive();
    return tried;
  }

  /** Each of the calls, or of the operations on the disk; returns how many there were. */
  static int everyNumber(Scene scene, boolean onDisk, Way way) throws IOException {
    int number = 0;
    Nth fate;
    do {
      number++;
      fate = new Nth(onDisk, way, number, 0);
      live(scene, fate);
    } while (fate.isReached());
    return number - 1;
  }

  /** A life in which one operation meets the fault, and everything is tried after it. */
  private static void live(Scene scene, Nth fate) throws IOException {
    Path directory = Lives.folder();
    try (Life life = Life.calm(directory, scene.isHeld())) {
      Driver driver = life.driver();
      scene.prepare(driver, life);
      life.faults().plan(fate);
      scene.run(driver);
      goOn(driver, life);
    } finally {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Whatever happened: it can be opened again, used, handed over, restored, and closed. */
  private static void goOn(Driver driver, Life life) {
    if (!driver.isOpen()) {
      driver.open();
    }
    driver.dma().check();
    driver.dma().copy();
    if (life.hasHolder()) {
      driver.kill();
      driver.open();
      driver.dma().check();
    }
    if (!driver.isSealed() && driver.canPreserve()) {
      driver.sealing().preserve(false);
    }
    life.kexec();
    life.end();
  }

  /** A session with a device, buffers, a memfd and a part of it. */
  static void working(Driver driver, Life life) {
    driver.open();
    driver.work().steps().ioas(IOAS);
    driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
    driver.work().buffer(IOAS, 2, 100);
    driver.work().buffer(IOAS, 5, 0);
    driver.work().file();
    driver.work().map();
    driver.dma().write();
    driver.dma().copy();
  }

  /** Such a session, whose device cannot write any more. */
  static void stopped(Driver driver, Life life) {
    working(driver, life);
    driver.dma().stop();
  }

  /** Such a session, with another IOAS to which its device can be moved. */
  static void movable(Driver driver, Life life) {
    stopped(driver, life);
    driver.work().steps().ioas(OTHER_IOAS);
  }

  /** Such a session, whose device was moved there, where a buffer of its own is. */
  static void movedAway(Driver driver, Life life) {
    movable(driver, life);
    driver.work().steps().move(SimulatedMachine.EDU_ADDRESS, OTHER_IOAS);
    driver.work().buffer(OTHER_IOAS, 2, 0);
  }

  /** Such a session, whose device writes on, sealed. */
  static void sealed(Driver driver, Life life) {
    working(driver, life);
    driver.sealing().preserve(false);
  }

  /** Such a session, stopped, sealed and carried over. */
  static void carriedOver(Driver driver, Life life) {
    stopped(driver, life);
    driver.sealing().preserve(true);
    life.kexec();
  }
}
