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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each operation of a session, with its N-th system call refused, for every N and every errno the
 * call can give; with its N-th operation on the disk refused; with its thread interrupted before,
 * and with the process dying before and after the N-th of either. Each time either the operation is
 * undone, or what is restored afterwards tells the truth.
 */
class FailNthTest {
  private static final String IOAS = "rings";

  /** What is done under the fault, and what has been done before. */
  enum Operation {
    OPEN {
      @Override
      void prepare(Driver driver, Life life) {}

      @Override
      void run(Driver driver) {
        driver.open();
      }
    },
    IOAS_NEW {
      @Override
      void prepare(Driver driver, Life life) {
        driver.open();
      }

      @Override
      void run(Driver driver) {
        driver.work().steps().ioas("more");
      }
    },
    BIND {
      @Override
      void prepare(Driver driver, Life life) {
        driver.open();
        driver.work().steps().ioas(IOAS);
      }

      @Override
      void run(Driver driver) {
        driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
      }
    },
    BIND_AGAIN {
      @Override
      void prepare(Driver driver, Life life) {
        working(driver);
        driver.work().steps().unbind(SimulatedMachine.EDU_ADDRESS);
      }

      @Override
      void run(Driver driver) {
        driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
      }
    },
    UNBIND {
      @Override
      void run(Driver driver) {
        driver.work().steps().unbind(SimulatedMachine.EDU_ADDRESS);
      }
    },
    FIRST_BUFFER {
      @Override
      void prepare(Driver driver, Life life) {
        driver.open();
        driver.work().steps().ioas(IOAS);
        driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
      }

      @Override
      void run(Driver driver) {
        driver.work().buffer(IOAS, 3, 0);
      }
    },
    BUFFER {
      @Override
      void run(Driver driver) {
        driver.work().buffer(IOAS, 3, 0);
      }
    },
    BUFFER_WHERE_ANOTHER_WAS {
      @Override
      void prepare(Driver driver, Life life) {
        working(driver);
        driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"));
      }

      @Override
      void run(Driver driver) {
        driver.work().buffer(IOAS, 2, 0);
      }
    },
    FILE {
      @Override
      void run(Driver driver) {
        driver.work().file();
      }
    },
    MAP {
      @Override
      void run(Driver driver) {
        driver.work().map();
      }
    },
    ANONYMOUS {
      @Override
      void run(Driver driver) {
        driver.work().anonymous();
      }
    },
    RELEASE {
      @Override
      void run(Driver driver) {
        driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"));
      }
    },
    PRESERVE {
      @Override
      void run(Driver driver) {
        driver.sealing().preserve(false);
      }
    },
    PRESERVE_WITH_CHECKSUMS {
      @Override
      void run(Driver driver) {
        driver.sealing().preserve(true);
      }
    },
    CANCEL {
      @Override
      void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(false);
      }

      @Override
      void run(Driver driver) {
        driver.sealing().cancel();
      }
    },
    RESTORE {
      @Override
      void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(true);
        life.kexec();
      }

      @Override
      void run(Driver driver) {
        driver.open();
      }
    },
    TOOL_TAKES {
      @Override
      void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
      }

      @Override
      void run(Driver driver) {
        driver.restoreAndHandOver();
      }
    },
    TOOL_RESTORES {
      @Override
      void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
      }

      @Override
      void run(Driver driver) {
        if (driver.restoreInTool()) {
          driver.handOver();
        }
      }
    },
    TOOL_HANDS_OVER {
      @Override
      void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
        driver.restoreInTool();
      }

      @Override
      void run(Driver driver) {
        driver.handOver();
      }
    },
    TAKE_OVER {
      @Override
      void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.restoreAndHandOver();
      }

      @Override
      void run(Driver driver) {
        driver.open();
      }
    },
    TOOL_FINISHES {
      @Override
      void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
        driver.restoreInTool();
      }

      @Override
      void run(Driver driver) {
        if (driver.tool().finish()) {
          driver.tool().close();
        }
      }
    },
    TOOL_CLOSES {
      @Override
      void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
        driver.restoreInTool();
      }

      @Override
      void run(Driver driver) {
        driver.tool().close();
      }
    },
    DMA {
      @Override
      void run(Driver driver) {
        driver.dma().copy();
      }
    },
    RESET {
      @Override
      void run(Driver driver) {
        driver.dma().reset(SimulatedMachine.EDU_ADDRESS);
      }
    },
    CLOSE {
      @Override
      void run(Driver driver) {
        driver.close();
      }
    },
    CLOSE_SEALED {
      @Override
      void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(false);
      }

      @Override
      void run(Driver driver) {
        driver.close();
      }
    };

    void prepare(Driver driver, Life life) {
      working(driver);
    }

    abstract void run(Driver driver);

    private static void carriedOver(Driver driver, Life life) {
      working(driver);
      driver.sealing().preserve(true);
      life.kexec();
    }

    /** A session with a device, buffers, a memfd and a part of it. */
    private static void working(Driver driver) {
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
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void everyRefusedCallIsUndone(Operation operation) throws IOException {
    int tried = 0;
    for (int number = 1, choice = 0; ; ) {
      Nth fate = new Nth(false, Way.REFUSED, number, choice);
      live(operation, fate);
      if (!fate.isReached()) {
        break;
      }
      tried++;
      choice = fate.isExhausted() ? 0 : choice + 1;
      number = fate.isExhausted() ? number + 1 : number;
    }
    System.out.println("refused calls: " + operation + " met " + tried);
    assertThat(tried).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void everyRefusalOfTheDiskIsUndone(Operation operation) throws IOException {
    everyNumber(operation, true, Way.REFUSED);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void anInterruptBeforeAnyCallFailsNothingAndIsKept(Operation operation) throws IOException {
    assertThat(everyNumber(operation, false, Way.INTERRUPTED)).isPositive();
    everyNumber(operation, true, Way.INTERRUPTED);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void theProcessMayDieBeforeEveryCall(Operation operation) throws IOException {
    assertThat(everyNumber(operation, false, Way.DIES_BEFORE)).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void theProcessMayDieAfterEveryCall(Operation operation) throws IOException {
    assertThat(everyNumber(operation, false, Way.DIES_AFTER)).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void theProcessMayDieAtEveryOperationOnTheDisk(Operation operation) throws IOException {
    everyNumber(operation, true, Way.DIES_BEFORE);
    everyNumber(operation, true, Way.DIES_AFTER);
  }

  @Test
  void theDiskIsUsedByWhatHasToSurvive() throws IOException {
    assertThat(everyNumber(Operation.OPEN, true, Way.REFUSED)).isGreaterThan(3);
    assertThat(everyNumber(Operation.PRESERVE, true, Way.REFUSED)).isGreaterThan(4);
    assertThat(everyNumber(Operation.RESTORE, true, Way.REFUSED)).isGreaterThan(4);
  }

  private static int everyNumber(Operation operation, boolean onDisk, Way way) throws IOException {
    int number = 0;
    Nth fate;
    do {
      number++;
      fate = new Nth(onDisk, way, number, 0);
      live(operation, fate);
    } while (fate.isReached());
    return number - 1;
  }

  /** A life in which one operation meets the fault, and everything is tried after it. */
  private static void live(Operation operation, Nth fate) throws IOException {
    Path folder = Lives.folder();
    try (Life life = Life.calm(folder, false)) {
      Driver driver = life.driver();
      operation.prepare(driver, life);
      life.faults().plan(fate);
      operation.run(driver);
      goOn(driver, life);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
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
    if (!driver.isSealed() && driver.canPreserve()) {
      driver.sealing().preserve(false);
    }
    life.kexec();
    life.end();
  }
}
