package io.holdfast.lives;

import static io.holdfast.lives.EveryNth.IOAS;
import static io.holdfast.lives.EveryNth.carriedOver;
import static io.holdfast.lives.EveryNth.everyNumber;
import static io.holdfast.lives.EveryNth.working;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lives.EveryNth.Scene;
import io.holdfast.lives.Nth.Way;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a holder has a part in, with its N-th system call refused, its N-th operation on the disk
 * refused, its thread interrupted, and its process dying before and after the N-th of either: what
 * the holder keeps is resumed with nothing lost, and what is refused names its first cause.
 */
class HeldNthTest {
  /** What is done under the fault, and what has been done before. */
  enum Operation implements Scene {
    RESUME {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.kill();
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    RESUME_SEALED {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.sealing().preserve(true);
        driver.kill();
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    RESUME_UNBOUND {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.work().unbind();
        driver.kill();
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    RESUME_WITH_MEMORY_OF_THE_DEAD {
      @Override
      public void prepare(Driver driver, Life life) {
        working(driver);
        driver.work().anonymous();
        driver.kill();
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    LEAVE {
      @Override
      public void run(Driver driver) {
        driver.leave();
      }
    },
    BUFFER {
      @Override
      public void run(Driver driver) {
        driver.work().buffer(IOAS, 3, 0);
      }
    },
    RELEASE {
      @Override
      public void run(Driver driver) {
        driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"));
      }
    },
    UNBIND {
      @Override
      public void run(Driver driver) {
        driver.work().unbind();
      }
    },
    PRESERVE {
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
        carriedOver(driver, life);
      }

      @Override
      public void run(Driver driver) {
        driver.open();
      }
    },
    TOOL_LEAVES_TO_THE_HOLDER {
      @Override
      public void prepare(Driver driver, Life life) {
        carriedOver(driver, life);
      }

      @Override
      public void run(Driver driver) {
        driver.restoreToHolder();
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
    CLOSE {
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
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void everyRefusedCallLosesNothing(Operation operation) throws IOException {
    EveryNth.refusedCalls(operation);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void everyRefusalOfTheDiskLosesNothing(Operation operation) throws IOException {
    everyNumber(operation, true, Way.REFUSED);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void anInterruptBeforeAnyCallFailsNothing(Operation operation) throws IOException {
    assertThat(everyNumber(operation, false, Way.INTERRUPTED)).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void theProcessMayDieAtEveryCall(Operation operation) throws IOException {
    assertThat(everyNumber(operation, false, Way.DIES_BEFORE)).isPositive();
    assertThat(everyNumber(operation, false, Way.DIES_AFTER)).isPositive();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void theProcessMayDieAtEveryOperationOnTheDisk(Operation operation) throws IOException {
    everyNumber(operation, true, Way.DIES_BEFORE);
    everyNumber(operation, true, Way.DIES_AFTER);
  }
}
