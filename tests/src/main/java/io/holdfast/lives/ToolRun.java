package io.holdfast.lives;

import io.holdfast.Restore;
import io.holdfast.lives.Attempt.End;
import io.holdfast.lives.Attempt.Expected;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.sim.ProcessReplaced;
import io.holdfast.testing.SimulatedHost;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The restore tool in a driver's process, on a session that waits in the kernel: it takes it,
 * restores and verifies it, and then either finishes it and ends, with which the session is gone,
 * or executes the driver. Each step answers whether the tool can go on; where it cannot, it has
 * ended. Not thread-safe.
 */
final class ToolRun {
  private static final int TRIES = 3;
  private static final List<String> DRIVER = List.of("/bin/true");

  /**
   * What a driver was executed with.
   *
   * @param environment where the descriptors are announced
   * @param devices those that are among them
   * @param descriptors how many are open
   * @param isWhole whether everything was restored, what is optional too
   */
  record Passed(
      Map<String, String> environment, Set<PciAddress> devices, int descriptors, boolean isWhole) {}

  private final Life life;
  private final String name;
  private final Driver driver;
  private final SimulatedHost host;
  private final Model waiting;
  private Restore session;
  private RestoreReport report;
  private boolean hadToUndo;

  ToolRun(Life life, Driver driver, Model waiting) {
    this.life = life;
    this.name = driver.name();
    this.driver = driver;
    this.host = driver.host();
    this.waiting = waiting;
  }

  private End attempt(String what, Expected expected, Runnable operation) {
    End end = life.attempt().run("tool: " + what + " " + name, expected, operation);
    hadToUndo |= life.faults().injected().size() > 1;
    if (end == End.DIED) {
      driver.processEnded();
    }
    return end;
  }

  boolean take(Expected expected) {
    End end =
        attempt(
            "take",
            expected,
            () -> session = Restore.take(host, name, driver.stateDirectory(), Driver.OPTIONS));
    if (end == End.REFUSED) {
      noLeak(driver.isInKernel() ? 0 : 1); // A session that was taken is kept for another try.
      driver.processEnded();
    }
    if (end != End.DONE) {
      return false;
    }
    life.witness()
        .check(
            session.state().generation() == waiting.generation
                && session.state().ioases().size() == waiting.ioases.size(),
            Invariant.ALL_BACK,
            "the tool was told of %s",
            session.state());
    return true;
  }

  boolean restore(Expected expected) {
    End end = End.REFUSED;
    for (int i = 0; i < TRIES && end == End.REFUSED; i++) {
      end = attempt("restore", expected, () -> report = session.restore());
      if (end == End.REFUSED) {
        noLeak(1);
      }
    }
    if (end == End.REFUSED) {
      close();
    }
    if (end != End.DONE) {
      return false;
    }
    for (Buffer buffer : waiting.buffers.values()) {
      life.witness()
          .check(
              buffer.policy == Policy.OPTIONAL || Witness.verdict(report, buffer) == Verdict.SAME,
              Invariant.ALL_BACK,
              "the tool has %s as %s",
              buffer,
              Witness.verdict(report, buffer));
    }
    return true;
  }

  /** Restores the session, finishes it, and leaves all of it to the holder. */
  void leaveToStore(Expected expected) {
    End end = End.REFUSED;
    for (int i = 0; i < TRIES && end == End.REFUSED; i++) {
      // A session without contents that was finished before the refusal has nothing left to resume.
      boolean mayBeOver = i > 0 && waiting.isEmpty();
      end =
          attempt(
              "restore and leave to the holder",
              mayBeOver ? Expected.MAY_REFUSE : expected,
              () ->
                  report =
                      Restore.toStore(host, name, driver.stateDirectory(), driver.options())
                          .report());
      if (end == End.REFUSED) {
        noLeak(driver.isInKernel() ? 0 : 1); // A session that was taken is kept for another try.
      }
    }
    if (end == End.REFUSED) {
      driver.processEnded();
    }
    if (end == End.DONE) {
      noLeak(0);
      withoutWhatIsMissing();
      driver.leftToHolder();
    }
  }

  /** What is optional may be missing, and the report says so. */
  private void withoutWhatIsMissing() {
    Set<PciAddress> back = devicesBack();
    waiting
        .devices
        .values()
        .removeIf(device -> isMissing(device.policy(), back.contains(device.address()), device));
    waiting
        .buffers
        .values()
        .removeIf(buffer ->
            isMissing(buffer.policy, Witness.verdict(report, buffer) == Verdict.SAME, buffer));
  }

  private boolean isMissing(Policy policy, boolean isBack, Object what) {
    life.witness()
        .check(
            isBack || policy == Policy.OPTIONAL,
            Invariant.ALL_BACK,
            "the tool has left the holder without %s",
            what);
    return !isBack;
  }

  /** Finishes the session: the kernel holds nothing any more. */
  boolean finish() {
    End end = attempt("finish", Expected.WORKS, session::finish);
    if (end == End.REFUSED) {
      close();
    }
    return end == End.DONE;
  }

  /** Closes the session, and ends. */
  void close() {
    if (attempt("close", Expected.WORKS, session::close) != End.DIED) {
      noLeak(0);
      driver.processEnded();
    }
  }

  /** Executes the driver; a refusal leaves the tool as it was. */
  Optional<Passed> handOver() {
    End end = End.REFUSED;
    for (int i = 0; i < TRIES && end == End.REFUSED; i++) {
      Descriptors before = Descriptors.of(host.syscalls());
      boolean[] replaced = {false};
      end = attempt("hand over", Expected.WORKS, () -> replaced[0] = isReplaced());
      life.witness()
          .check(
              end != End.DONE || replaced[0],
              Invariant.REFUSED,
              "the tool goes on after it has handed over");
      if (end == End.REFUSED && life.faults().injected().size() == 1) {
        life.witness()
            .check(
                Descriptors.of(host.syscalls()).equals(before),
                Invariant.UNDONE,
                "handing over was refused, and open is %s instead of %s",
                Descriptors.of(host.syscalls()),
                before);
      }
    }
    if (end == End.REFUSED) {
      close();
    }
    return end == End.DONE ? Optional.of(passed()) : Optional.empty();
  }

  private boolean isReplaced() {
    try {
      session.handOver(DRIVER);
      return false;
    } catch (ProcessReplaced now) {
      return true;
    }
  }

  private Passed passed() {
    Set<PciAddress> devices = devicesBack();
    boolean isWhole =
        devices.containsAll(waiting.devices.keySet())
            && waiting.buffers.values().stream()
                .allMatch(buffer -> Witness.verdict(report, buffer) == Verdict.SAME);
    return new Passed(host.environment(), devices, host.openDescriptors(), isWhole);
  }

  private Set<PciAddress> devicesBack() {
    Set<PciAddress> devices = new HashSet<>();
    report.devices().stream()
        .filter(device -> device.verdict() == Verdict.SAME)
        .forEach(device -> devices.add(device.address()));
    return devices;
  }

  private void noLeak(int most) {
    life.witness()
        .check(
            host.openDescriptors() <= most || hadToUndo,
            Invariant.NO_LEAK,
            "the tool has %d descriptors open",
            host.openDescriptors());
  }
}
