package io.holdfast.lives;

import io.holdfast.lives.Nth.Way;

/** One thing a driver does, chosen at random among what makes sense. */
final class Turn {
  private final Life life;
  private final Driver driver;

  Turn(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  void take() {
    if (!driver.isOpen()) {
      if (driver.isWaiting() && life.dice().percent(4)) {
        life.trace().line("%s: the process is killed before it restores".formatted(driver.name()));
        driver.kill();
      }
      if (driver.isInKernel() && life.dice().percent(30)) {
        if (life.hasHolder() && life.dice().percent(40)) {
          driver.restoreToHolder();
        } else if (life.dice().percent(20)) {
          driver.restoreByTool();
        } else {
          driver.restoreAndHandOver();
        }
        return;
      }
      driver.open();
      if (driver.isOpen() && life.dice().percent(60)) {
        dma(); // The first thing a driver does with what came back.
      }
      return;
    }
    if (life.hasHolder() && life.dice().percent(8)) {
      end();
      return;
    }
    Work work = driver.work();
    if (driver.model().buffers.isEmpty() && life.dice().percent(40)) {
      work.setUp();
      return;
    }
    Dma dma = driver.dma();
    Sealing sealing = driver.sealing();
    if (driver.isSealed() && life.dice().percent(70)) {
      sealed(dma, sealing);
      return;
    }
    switch (life.dice().below(36)) {
      case 0, 1 -> work.ioas();
      case 2, 3, 4 -> work.bind();
      case 5 -> {
        work.unbind();
        if (life.dice().percent(70) && driver.isOpen()) {
          life.movePages();
          work.bind();
        }
      }
      case 6, 7, 8, 9, 10, 11 -> work.buffer();
      case 12, 13 -> work.file();
      case 14, 15 -> work.map();
      case 16 -> work.anonymous();
      case 17, 18 -> work.release();
      case 19, 20, 21 -> dma.write();
      case 22, 23, 24 -> dma.copy();
      case 25 -> dma.check();
      case 26, 27, 28, 29 -> seal(dma, sealing);
      case 30 -> driver.close();
      case 33, 34 -> work.copy();
      case 31, 32 -> {
        if (life.dice().percent(50)) {
          dma.stop();
        }
        if (driver.isOpen()) {
          work.move();
        }
      }
      default -> {
        if (life.dice().percent(50)) {
          life.trace().line("%s: the process is killed".formatted(driver.name()));
          driver.kill();
        } else {
          sealing.cancel();
        }
      }
    }
  }

  /** With checksums where no device can write any more, which some drivers forget. */
  private void seal(Dma dma, Sealing sealing) {
    boolean checksums = life.dice().percent(40);
    if (checksums && life.dice().percent(80)) {
      dma.stop();
    }
    if (driver.isOpen()) {
      sealing.preserve(checksums);
    }
  }

  /** The process ends, and the holder keeps its session. */
  private void end() {
    int how = life.dice().below(100);
    if (how < 25) {
      driver.leave();
    } else if (how < 50) {
      life.trace().line("%s: the process is killed".formatted(driver.name()));
      driver.kill();
    } else {
      endWithin();
    }
    if (life.dice().percent(50)) {
      driver.open();
    }
  }

  /**
   * The process is killed in the middle of changing something, or after it. What is made and not
   * recorded, or the other way round, is left by such deaths only.
   */
  private void endWithin() {
    Way way = life.dice().percent(50) ? Way.DIES_BEFORE : Way.DIES_AFTER;
    int number = 1 + life.dice().below(1 << life.dice().between(0, 4)); // Few make many calls.
    life.faults().plan(new Nth(life.dice().percent(20), way, number, 0));
    Work work = driver.work();
    switch (life.dice().below(10)) {
      case 8 -> work.move();
      case 9 -> work.copy();
      case 0 -> work.bind();
      case 1 -> work.unbind();
      case 2, 3 -> work.buffer();
      case 4 -> work.file();
      case 5 -> work.map();
      default -> work.release();
    }
    life.faults().plan(null);
    if (driver.isOpen()) {
      life.trace().line("%s: the process is killed".formatted(driver.name()));
      driver.kill();
    }
  }

  private void dma() {
    for (int i = life.dice().between(1, 3); i > 0 && driver.isOpen(); i--) {
      driver.dma().copy();
    }
  }

  /** What a driver does between the seal and the kexec. */
  private void sealed(Dma dma, Sealing sealing) {
    switch (life.dice().below(10)) {
      case 0 -> sealing.cancel();
      case 1 -> sealing.preserve(life.dice().percent(40));
      case 2, 3, 4 -> dma.copy();
      case 5, 6 -> dma.write();
      default -> dma.check();
    }
  }
}
