package io.holdfast.lives;

import io.holdfast.LiveSession;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreReport;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Opens a driver's session, and compares what comes of it with what has to: what a holder keeps is
 * resumed, what the kernel holds is restored, and nothing else is. Not thread-safe.
 */
final class Opening {
  private final Life life;
  private final Driver driver;
  private boolean stopsDevices;

  Opening(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  End open() {
    Model waiting = driver.waiting();
    if (waiting != null && !life.isOver() && life.dice().percent(8)) {
      life.faults().compact(life.dice().between(20, 90), this::compact);
    }
    stopsDevices = driver.left() != null && life.dice().percent(15);
    SessionOptions options =
        stopsDevices ? driver.options().withDevicesStoppedOnResume() : driver.options();
    LiveSession[] opened = new LiveSession[1];
    UUID boot = life.kernel().bootId();
    int kept = driver.left() == null ? 0 : driver.kept();
    End end =
        life.attempt()
            .run(
                driver.name() + ": open" + what(),
                expected(),
                () ->
                    opened[0] =
                        LiveSession.openOrRestore(
                            driver.host(), driver.name(), driver.stateDirectory(), options));
    switch (end) {
      case DONE -> opened(opened[0]);
      case REFUSED -> {
        driver.truths.perhapsBegun(boot);
        refused(kept);
      }
      case DIED -> {
        if (life.faults().isFinished()) {
          driver.truths.are(boot, false);
        }
        driver.truths.perhapsBegun(boot);
        if (stopsDevices) {
          driver.left().model.perhapsBusMasters.addAll(driver.left().model.devices.keySet());
        }
        driver.processEnded();
      }
    }
    return end;
  }

  private String what() {
    return driver.left() != null
        ? ", and resume"
        : driver.waiting() == null
            ? ""
            : driver.passed() == null ? ", and restore" : ", and take over";
  }

  /** What was refused has lost nothing. */
  private void refused(int kept) {
    int descriptors = driver.host().openDescriptors();
    ToolRun.Passed passed = driver.passed();
    boolean taken = driver.waiting() != null && !driver.isInKernel();
    boolean untouched = passed != null && descriptors == passed.descriptors();
    life.witness()
        .check(
            untouched || descriptors <= (taken ? 1 : 0),
            Invariant.NO_LEAK,
            "%d descriptors are open after a refused start",
            descriptors);
    if (!untouched) {
      driver.dropPassed();
    }
    if (driver.left() != null) {
      if (stopsDevices) {
        driver.left().model.perhapsBusMasters.addAll(driver.left().model.devices.keySet());
      }
      life.witness()
          .check(
              driver.left().mayBeFresh() || driver.kept() == kept,
              Invariant.RESUMED,
              "a resume was refused, and the holder keeps %d descriptors instead of %d",
              driver.kept(),
              kept);
    }
  }

  Expected expected() {
    Model waiting = driver.waiting();
    boolean scarce = life.kernel().freeMemoryBytes() < Life.SCARCE_BYTES;
    if (driver.left() != null) {
      return scarce ? Expected.MAY_REFUSE : Expected.WORKS;
    }
    if (waiting == null) {
      // A manifest that was left behind may name a device that is gone.
      return Files.exists(driver.manifest()) || scarce ? Expected.MAY_REFUSE : Expected.WORKS;
    }
    Set<PciAddress> absent = life.absent(waiting);
    List<Model.Buffer> differing = waiting.differingFromChecksum();
    boolean cannotWork =
        differing.stream().anyMatch(buffer -> buffer.policy == Policy.REQUIRED)
            || waiting.devices.values().stream()
                .anyMatch(it -> it.policy() == Policy.REQUIRED && absent.contains(it.address()));
    if (cannotWork) {
      return Expected.REFUSES;
    }
    // A checksum is of a whole memfd, so one buffer that differs spoils all of its pool.
    return driver.isSpoiled() || anyTaken() || scarce || !absent.isEmpty() || !differing.isEmpty()
        ? Expected.MAY_REFUSE
        : Expected.WORKS;
  }

  private boolean anyTaken() {
    return driver.waiting().devices.keySet().stream()
        .anyMatch(address -> life.isTakenByAnother(driver, address));
  }

  private int compact() {
    int moved = life.kernel().migratePages();
    if (moved > 0) {
      driver.spoil();
    }
    return moved;
  }

  private void opened(LiveSession now) {
    Outcome outcome = now.report().outcome();
    if (life.hasHolder()) {
      life.witness()
          .check(
              now.store().kind() == StoreReport.Kind.HOLDER,
              Invariant.TRUTH,
              "a holder keeps it, and it says %s",
              now.store());
    }
    if (driver.left() != null) {
      afterLeaving(now, outcome);
    } else if (driver.waiting() != null && !isDoneAndEmpty(now)) {
      restored(now, outcome);
    } else {
      fresh(now);
    }
  }

  /** Whether the process before has restored a session with nothing in it, and died after that. */
  private boolean isDoneAndEmpty(LiveSession now) {
    return driver.isHalfRestored() && driver.waiting().isEmpty() && !now.isRestored();
  }

  private void afterLeaving(LiveSession now, Outcome outcome) {
    Left left = driver.left();
    if (outcome != Outcome.RESUMED && left.mayBeFresh()) {
      fresh(now);
      return;
    }
    life.witness()
        .check(
            outcome == Outcome.RESUMED && !left.mustBeFresh(),
            Invariant.RESUMED,
            "it was kept, and is %s",
            now.report());
    new Resumed(life, now, left).check(stopsDevices);
    driver.opened(now, left.model);
    new Leftovers(life, driver).none();
    life.tally().resumes++;
  }

  private void restored(LiveSession now, Outcome outcome) {
    boolean goesOn = outcome == Outcome.RESUMED && driver.isHalfRestored();
    Model model = driver.waiting();
    life.witness()
        .check(
            outcome == Outcome.RESTORED || goesOn,
            Invariant.RESTORED,
            "the kernel holds it, but it is %s",
            now.report());
    ToolRun.Passed passed = driver.passed();
    boolean mayMiss =
        goesOn
            || !life.faults().injected().isEmpty()
            || driver.isSpoiled()
            || anyTaken()
            || (passed != null && !passed.isWhole())
            || !model.differingFromChecksum().isEmpty();
    model.generation++;
    life.tally().takeovers += passed != null ? 1 : 0;
    driver.opened(now, model);
    life.witness().restored(now, model, mayMiss, life.absent(model));
    life.tally().restores++;
  }

  private void fresh(LiveSession now) {
    life.witness()
        .check(
            !now.isRestored(),
            Invariant.RESTORED,
            "the kernel does not hold it, but it is %s",
            now.report());
    Set<Outcome> truths = driver.truths.at(life.kernel().bootId());
    driver.opened(now, new Model());
    life.witness().fresh(now, truths);
  }
}
