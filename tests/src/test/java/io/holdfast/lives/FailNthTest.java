package io.holdfast.lives;

import static io.holdfast.lives.EveryNth.IOAS;
import static io.holdfast.lives.EveryNth.OTHER_IOAS;
import static io.holdfast.lives.EveryNth.carriedOver;
import static io.holdfast.lives.EveryNth.everyNumber;
import static io.holdfast.lives.EveryNth.working;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lives.EveryNth.Before;
import io.holdfast.lives.EveryNth.Scene;
import io.holdfast.lives.Nth.Way;
import io.holdfast.model.Policy;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
import java.util.function.Consumer;
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
  @SuppressWarnings("ImmutableEnumChecker") // Its functions capture nothing.
  enum Operation implements Scene {
    OPEN((driver, life) -> {}, Driver::open),
    IOAS_NEW((driver, life) -> driver.open(), driver -> driver.work().steps().ioas("more")),
    BIND(
        (driver, life) -> {
          driver.open();
          driver.work().steps().ioas(IOAS);
        },
        driver -> driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED)),
    BIND_AGAIN(
        (driver, life) -> {
          working(driver, life);
          driver.work().steps().unbind(SimulatedMachine.EDU_ADDRESS);
        },
        driver -> driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED)),
    UNBIND(driver -> driver.work().steps().unbind(SimulatedMachine.EDU_ADDRESS)),
    MOVE(
        EveryNth::movable,
        driver -> driver.work().steps().move(SimulatedMachine.EDU_ADDRESS, OTHER_IOAS)),
    MOVE_TO_BUFFERS(
        EveryNth::movedAway,
        driver -> driver.work().steps().move(SimulatedMachine.EDU_ADDRESS, IOAS)),
    FIRST_BUFFER(
        (driver, life) -> {
          driver.open();
          driver.work().steps().ioas(IOAS);
          driver.work().steps().bind(SimulatedMachine.EDU_ADDRESS, IOAS, Policy.REQUIRED);
        },
        driver -> driver.work().buffer(IOAS, 3, 0)),
    BUFFER(driver -> driver.work().buffer(IOAS, 3, 0)),
    BUFFER_WHERE_ANOTHER_WAS(
        (driver, life) -> {
          working(driver, life);
          driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"));
        },
        driver -> driver.work().buffer(IOAS, 2, 0)),
    FILE(driver -> driver.work().file()),
    MAP(driver -> driver.work().map()),
    ANONYMOUS(driver -> driver.work().anonymous()),
    RELEASE(driver -> driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"))),
    PRESERVE(driver -> driver.sealing().preserve(false)),
    PRESERVE_WITH_CHECKSUMS(EveryNth::stopped, driver -> driver.sealing().preserve(true)),
    CANCEL(EveryNth::sealed, driver -> driver.sealing().cancel()),
    RESTORE(EveryNth::carriedOver, Driver::open),
    TOOL_TAKES(EveryNth::carriedOver, Driver::restoreAndHandOver),
    TOOL_RESTORES(
        (driver, life) -> {
          carriedOver(driver, life);
          driver.startTool();
        },
        driver -> {
          if (driver.restoreInTool()) {
            driver.handOver();
          }
        }),
    TOOL_HANDS_OVER(
        (driver, life) -> {
          carriedOver(driver, life);
          driver.startTool();
          driver.restoreInTool();
        },
        Driver::handOver),
    TAKE_OVER(
        (driver, life) -> {
          carriedOver(driver, life);
          driver.restoreAndHandOver();
        },
        Driver::open),
    TOOL_FINISHES(
        (driver, life) -> {
          carriedOver(driver, life);
          driver.startTool();
          driver.restoreInTool();
        },
        driver -> {
          if (driver.tool().finish()) {
            driver.tool().close();
          }
        }),
    TOOL_CLOSES(
        (driver, life) -> {
          carriedOver(driver, life);
          driver.startTool();
          driver.restoreInTool();
        },
        driver -> driver.tool().close()),
    DMA(driver -> driver.dma().copy()),
    RESET(driver -> driver.dma().reset(SimulatedMachine.EDU_ADDRESS)),
    CLOSE(Driver::close),
    CLOSE_SEALED(EveryNth::sealed, Driver::close);

    private final Before before;
    private final Consumer<Driver> action;

    /** Something done in a {@linkplain EveryNth#working working session}. */
    Operation(Consumer<Driver> action) {
      this(EveryNth::working, action);
    }

    Operation(Before before, Consumer<Driver> action) {
      this.before = before;
      this.action = action;
    }

    @Override
    public void prepare(Driver driver, Life life) {
      before.prepare(driver, life);
    }

    @Override
    public void run(Driver driver) {
      action.accept(driver);
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
