package io.holdfast.lives;

import static io.holdfast.lives.EveryNth.IOAS;
import static io.holdfast.lives.EveryNth.OTHER_IOAS;
import static io.holdfast.lives.EveryNth.carriedOver;
import static io.holdfast.lives.EveryNth.everyNumber;
import static io.holdfast.lives.EveryNth.stopped;
import static io.holdfast.lives.EveryNth.working;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lives.EveryNth.Before;
import io.holdfast.lives.EveryNth.Scene;
import io.holdfast.lives.Nth.Way;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a holder has a part in, with its N-th system call refused, its N-th operation on the disk
 * refused, its thread interrupted, and its process dying before and after the N-th of either: what
 * the holder keeps is resumed with nothing lost, and what is refused names its first cause.
 */
class HeldNthTest {
  /** What is done under the fault, and what has been done before. */
  @SuppressWarnings("ImmutableEnumChecker") // Its functions capture nothing.
  enum Operation implements Scene {
    RESUME(
        (driver, life) -> {
          working(driver, life);
          driver.kill();
        },
        Driver::open),
    RESUME_SEALED(
        (driver, life) -> {
          stopped(driver, life);
          driver.sealing().preserve(true);
          driver.kill();
        },
        Driver::open),
    RESUME_UNBOUND(
        (driver, life) -> {
          working(driver, life);
          driver.work().unbind();
          driver.kill();
        },
        Driver::open),
    RESUME_WITH_MEMORY_OF_THE_DEAD(
        (driver, life) -> {
          working(driver, life);
          driver.work().anonymous();
          driver.kill();
        },
        Driver::open),
    RESUME_WITHOUT_A_DEVICE(
        (driver, life) -> {
          driver.open();
          driver.work().steps().ioas(IOAS);
          driver.kill();
        },
        Driver::open),
    LEAVE(Driver::leave),
    BUFFER(driver -> driver.work().buffer(IOAS, 3, 0)),
    RELEASE(driver -> driver.work().steps().release(driver.model().buffers.get(IOAS + "/buf1"))),
    UNBIND(driver -> driver.work().unbind()),
    MOVE(
        EveryNth::movable,
        driver -> driver.work().steps().move(SimulatedMachine.EDU_ADDRESS, OTHER_IOAS)),
    MOVE_TO_BUFFERS(
        EveryNth::movedAway,
        driver -> driver.work().steps().move(SimulatedMachine.EDU_ADDRESS, IOAS)),
    PRESERVE(EveryNth::stopped, driver -> driver.sealing().preserve(true)),
    CANCEL(EveryNth::sealed, driver -> driver.sealing().cancel()),
    RESTORE(EveryNth::carriedOver, Driver::open),
    TOOL_LEAVES_TO_THE_HOLDER(EveryNth::carriedOver, Driver::restoreToHolder),
    TAKE_OVER(
        (driver, life) -> {
          carriedOver(driver, life);
          driver.restoreAndHandOver();
        },
        Driver::open),
    CLOSE(Driver::close);

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
