package io.holdfast.lives;

import io.holdfast.model.PciAddress;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The whole life of one or two drivers on a simulated machine: what they do, what fails, what the
 * machine does to them, all of it from one seed. Lived once, by one thread.
 */
final class Life implements AutoCloseable {
  static final int PAGE_BYTES = 4096;

  /** On so many machines in a hundred a holder keeps what drivers leave. */
  private static final int HELD_PERCENT = 60;

  /** With less free memory than this, the kernel may refuse what needs some. */
  static final long SCARCE_BYTES = 4 << 20;

  static final PciAddress FIRST = SimulatedMachine.EDU_ADDRESS;
  static final PciAddress SECOND = new PciAddress(0, 0, 5, 0);

  private final Dice dice;
  private final Trace trace;
  private final Tally tally;
  private final Faults faults;
  private final Attempt attempt;
  private final Witness witness;
  private final SimulatedKernel kernel;
  private final Holding holding;
  private boolean over;
  private final List<Driver> drivers = new ArrayList<>();
  private final Happenings happenings;

  Life(long seed, Path folder, Tally tally) {
    this(seed, folder, tally, new Dice(seed), false, new Dice(~seed).percent(HELD_PERCENT));
  }

  /**
   * A life in which nothing goes wrong but what is planned.
   *
   * @param held whether a holder keeps what drivers leave
   */
  static Life calm(Path folder, boolean held) {
    return new Life(0, folder, new Tally(), new Dice(0), true, held);
  }

  private Life(long seed, Path folder, Tally tally, Dice dice, boolean calm, boolean held) {
    this.dice = dice;
    this.trace = new Trace(seed);
    this.tally = tally;
    this.faults = calm ? new Faults(dice, 0, 0, 0) : faults(dice);
    this.attempt = new Attempt(trace, faults, tally);
    this.witness = new Witness(attempt);
    long megabytes = dice.of(16, 24, 32);
    long bits = dice.bits();
    SimulatedMachine machine =
        SimulatedMachine.standard()
            .withMemoryBytes(megabytes << 20)
            .withSeed(bits)
            .withHugePages((bits & 1) == 0)
            .withSinglePagePercent(dice.of(0, 30, 60, 100));
    if (dice.percent(70)) {
      machine = machine.withDevice(SECOND, EduDevice.class);
    }
    this.kernel = SimulatedKernel.create(folder.resolve("machine"), machine);
    this.happenings = new Happenings(this, machine.devices());
    this.holding = held ? new Holding(kernel) : null;
    int count = dice.percent(50) ? 2 : 1;
    for (int i = 0; i < count; i++) {
      drivers.add(new Driver(this, "nic" + i, folder.resolve("state")));
    }
  }

  private static Faults faults(Dice dice) {
    int errnos = dice.of(0, 0, 1_000, 3_000, 8_000, 20_000);
    int deaths = dice.of(0, 0, 0, 0, 1_000, 4_000);
    int interrupts = dice.of(0, 0, 1_000, 10_000);
    return new Faults(dice, errnos, deaths, interrupts);
  }

  /** Whether nothing goes wrong any more. */
  boolean isOver() {
    return over;
  }

  Dice dice() {
    return dice;
  }

  Trace trace() {
    return trace;
  }

  Tally tally() {
    return tally;
  }

  Faults faults() {
    return faults;
  }

  Attempt attempt() {
    return attempt;
  }

  Witness witness() {
    return witness;
  }

  SimulatedKernel kernel() {
    return kernel;
  }

  /** Whether a holder keeps what a process leaves. */
  boolean hasHolder() {
    return holding != null;
  }

  Holding holding() {
    return holding;
  }

  List<PciAddress> slots() {
    return List.of(FIRST, SECOND);
  }

  boolean isThere(PciAddress address) {
    return kernel.machine().devices().containsKey(address);
  }

  boolean isEdu(PciAddress address) {
    return EduDevice.class.equals(kernel.machine().devices().get(address));
  }

  /** Whether a driver has a device bound. */
  boolean isTaken(PciAddress address) {
    return drivers.stream().anyMatch(driver -> driver.has(address));
  }

  /** Whether a driver has a device bound, or has not: its process died in the middle of it. */
  boolean mayBeTaken(PciAddress address) {
    return drivers.stream().anyMatch(driver -> driver.mayHave(address));
  }

  /** Whether another driver than this one has a device bound, or may have. */
  boolean isTakenByAnother(Driver driver, PciAddress address) {
    return drivers.stream()
        .anyMatch(each -> !each.equals(driver) && (each.has(address) || each.mayHave(address)));
  }

  /** The devices of a session that are not where they were. */
  Set<PciAddress> absent(Model model) {
    Set<PciAddress> absent = new HashSet<>();
    for (Model.Device device : model.devices.values()) {
      if (!device.isAt(kernel.machine())) {
        absent.add(device.address());
      }
    }
    return absent;
  }

  /** Lives it from the beginning to the end. */
  void live() {
    int steps = dice.between(15, 60);
    for (int i = 0; i < steps; i++) {
      tally.operations++;
      if (dice.percent(drivers.stream().anyMatch(Driver::isSealed) ? 30 : 4)) {
        happenings.happen();
      } else {
        new Turn(this, dice.of(drivers)).take();
      }
      noViolations();
    }
    end();
    tally.calls += faults.calls();
    tally.lives++;
  }

  void noViolations() {
    witness.check(kernel.violations().isEmpty(), Invariant.OWN_FRAMES, "%s", kernel.violations());
  }

  /** The first driver. */
  Driver driver() {
    return drivers.getFirst();
  }

  List<Driver> drivers() {
    return drivers;
  }

  /** A kexec that carries over what is preserved. */
  void kexec() {
    happenings.boot(true, KexecMode.FILE);
  }

  /** The kernel moves what is not pinned, as it may at any time. */
  void movePages() {
    happenings.movePages();
  }

  /** The end: what can be restored is, everything is compared, closed, and nothing is left. */
  void end() {
    over = true;
    faults.end();
    trace.line("the end is near: no more faults");
    for (Driver driver : drivers) {
      if (!driver.isOpen() && (driver.isWaiting() || driver.left() != null)) {
        driver.open();
      }
      if (driver.isOpen()) {
        witness.same(driver.session(), driver.model());
        driver.close();
      }
      driver.host().close();
      if (hasHolder()) {
        holding.discard(driver.name()); // What a start that broke off has left.
      }
    }
    witness.check(kernel.pinnedMemoryBytes() == 0, Invariant.NO_LEAK, "memory is still pinned");
    if (kernel.waitingSessions().isEmpty()) {
      noFrameIsLeft();
    }
  }

  private void noFrameIsLeft() {
    for (long frame = 0; frame < kernel.machine().memoryBytes(); frame += PAGE_BYTES) {
      String owner = kernel.frameOwner(frame);
      witness.check(
          owner.equals("free") || owner.endsWith("'s"),
          Invariant.NO_LEAK,
          "frame 0x%x is left: %s",
          frame,
          owner);
    }
  }

  /** Switches the machine off. */
  @Override
  public void close() {
    drivers.forEach(driver -> driver.host().close());
    if (hasHolder()) {
      holding.close();
    }
    kernel.close();
  }
}
