package io.holdfast.lives;

import static io.holdfast.lives.EveryNth.IOAS;
import static io.holdfast.lives.EveryNth.carriedOver;
import static io.holdfast.lives.EveryNth.everyNumber;
import static io.holdfast.lives.EveryNth.working;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lives.EveryNth.Scene;
import io.holdfast.lives.Nth.Way;
import io.holdfast.model.Policy;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
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
  /** What is done under the fault, and what has been done before. */
  enum Operation implements Scene {
    OPEN {
      @Override
      public void prepare(Driver driver, Life life) {}

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    IOAS_NEW {
      @Override
      public void prepare(Driver driver, Life life) {
        driver.open();
      }

      @Override
      public void run(Driver driver) {
        driver.work().steps().ioas("more");
      }
    },
    BIND {
      @Override
      public void prepare(Driver driver, Life life) {
        driver.open();
        driver.work().steps().ioas(IOAS);
      }

      @Override
      public void run(Driver driver) {
        driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
      }
    },
    BIND_AGAIN {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.work().steps().unbind(SimulatedMachine.EDU_ADDRESS);
      }

      @Override
      public void run(Driver driver) {
        driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
      }
    },
    UNBIND {
      @Override
      public void run(Driver driver) {
        driver.work().steps().unbind(SimulatedMachine.EDU_ADDRESS);
      }
    },
    FIRST_BUFFER {
      @Override
      public void prepare(Driver driver, Life life) {
        driver.open();
        driver.work().steps().ioas(IOAS);
        driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
      }

      @Override
      public void run(Driver driver) {
        driver.work().buffer(IOAS, 3, 0);
      }
    },
    BUFFER {
      @Override
      public void run(Driver driver) {
        driver.work().buffer(IOAS, 3, 0);
      }
    },
    BUFFER_WHERE_ANOTHER_WAS {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"));
      }

      @Override
      public void run(Driver driver) {
        driver.work().buffer(IOAS, 2, 0);
      }
    },
    FILE {
      @Override
      public void run(Driver driver) {
        driver.work().file();
      }
    },
    MAP {
      @Override
      public void run(Driver driver) {
        driver.work().map();
      }
    },
    ANONYMOUS {
      @Override
      public void run(Driver driver) {
        driver.work().anonymous();
      }
    },
    RELEASE {
      @Override
      public void run(Driver driver) {
        driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"));
      }
    },
    PRESERVE {
      @Override
      public void run(Driver driver) {
        driver.sealing().preserve(false);
      }
    },
    PRESERVE_WITH_CHECKSUMS {
      @Override
      public void run(Driver driver) {
        driver.sealing().preserve(true);
      }
    },
    CANCEL {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(false);
      }

      @Override
      public void run(Driver driver) {
        driver.sealing().cancel();
      }
    },
    RESTORE {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(true);
        life.kexec();
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    TOOL_TAKES {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
      }

      @Override
      public void run(Driver driver) {
        driver.restoreAndHandOver();
      }
    },
    TOOL_RESTORES {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
      }

      @Override
      public void run(Driver driver) {
        if (driver.restoreInTool()) {
          driver.handOver();
        }
      }
    },
    TOOL_HANDS_OVER {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
        driver.restoreInTool();
      }

      @Override
      public void run(Driver driver) {
        driver.handOver();
      }
    },
    TAKE_OVER {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.restoreAndHandOver();
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    TOOL_FINISHES {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
        driver.restoreInTool();
      }

      @Override
      public void run(Driver driver) {
        if (driver.tool().finish()) {
          driver.tool().close();
        }
      }
    },
    TOOL_CLOSES {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
        driver.startTool();
        driver.restoreInTool();
      }

      @Override
      public void run(Driver driver) {
        driver.tool().close();
      }
    },
    DMA {
      @Override
      public void run(Driver driver) {
        driver.dma().copy();
      }
    },
    RESET {
      @Override
      public void run(Driver driver) {
        driver.dma().reset(SimulatedMachine.EDU_ADDRESS);
      }
    },
    CLOSE {
      @Override
      public void run(Driver driver) {
        driver.close();
      }
    },
    CLOSE_SEALED {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(false);
      }

      @Override
      public void run(Driver driver) {
        driver.close();
      }
    };

    @Override
    public void prepare(Driver driver, Life life) {
      working(driver);
    }

    @Override
    public boolean isHeld() {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void everyRefusedCallIsUndone(Operation operation) throws IOException {
    EveryNth.refusedCalls(operation);
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
}
