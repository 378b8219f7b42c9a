package io.holdfast.lives;

import io.holdfast.model.PciAddress;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.KexecReport;
import io.holdfast.sim.SimulatedDevice;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The whole life of one or two drivers on a simulated machine: what they do, what fails, what the
 * machine does to them, all of it from one seed. Lived once, by one thread.
 */
final class Life implements AutoCloseable {
  static final int PAGE_BYTES = 4096;

  /** With less free memory than this, the kernel may refuse what needs some. */
  static final long SCARCE_BYTES = 4 << 20;

  private static final PciAddress FIRST = SimulatedMachine.EDU_ADDRESS;
  private static final PciAddress SECOND = new PciAddress(0, 0, 5, 0);

  private final Dice dice;
  private final Trace trace;
  private final Tally tally;
  private final Faults faults;
  private final Attempt attempt;
  private final Witness witness;
  private final SimulatedKernel kernel;
  private boolean over;
  private final List<Driver> drivers = new ArrayList<>();
  private final Map<PciAddress, Class<? extends SimulatedDevice>> born;

  Life(long seed, Path folder, Tally tally) {
    this(seed, folder, tally, new Dice(seed), false);
  }

  /** A life in which nothing goes wrong but what is planned. */
  static Life calm(Path folder) {
    return new Life(0, folder, new Tally(), new Dice(0), true);
  }

  private Life(long seed, Path folder, Tally tally, Dice dice, boolean calm) {
    this.dice = dice;
    this.trace = new Trace(seed);
    this.tally = tally;
    this.faults = calm ? new Faults(dice, 0, 0, 0) : faults(dice);
    this.attempt = new Attempt(trace, faults, tally);
    this.witness = new Witness(attempt);
    SimulatedMachine machine =
        SimulatedMachine.standard()
            .withMemoryBytes((long) dice.of(16, 24, 32) << 20)
            .withSeed(dice.bits())
            .withSinglePagePercent(dice.of(0, 30, 60, 100));
    if (dice.percent(70)) {
      machine = machine.withDevice(SECOND, EduDevice.class);
    }
    this.born = machine.devices();
    this.kernel = SimulatedKernel.create(folder.resolve("machine"), machine);
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

  /** Whether another driver than this one has a device bound. */
  boolean isTakenByAnother(Driver driver, PciAddress address) {
    return drivers.stream().anyMatch(each -> !each.equals(driver) && each.has(address));
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
        happening();
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

  /** Something that happens to the machine. */
  private void happening() {
    switch (dice.below(20)) {
      case 0, 1 -> boot(false, KexecMode.LEGACY);
      case 2, 3 -> coldBoot();
      case 4 -> movePages();
      case 5 ->
          drivers.forEach(driver -> {
            if (driver.isWaiting()) {
              trace.line("the next file to be retrieved is lost for good");
              kernel.failNextRetrieve(Errno.ENOMEM);
              driver.spoil();
            }
          });
      default -> boot(true, KexecMode.FILE);
    }
  }

  /** The first driver. */
  Driver driver() {
    return drivers.getFirst();
  }

  /** A kexec that carries over what is preserved. */
  void kexec() {
    boot(true, KexecMode.FILE);
  }

  /** The kernel moves what is not pinned, as it may at any time. */
  void movePages() {
    int moved = kernel.migratePages();
    trace.line("the kernel moves pages: %d".formatted(moved));
    // What was retrieved, but could not be mapped yet, is not pinned either.
    drivers.stream()
        .filter(driver -> moved > 0 && driver.isWaiting() && !driver.isInKernel())
        .forEach(Driver::spoil);
  }

  private void boot(boolean carries, KexecMode mode) {
    Set<String> sealed = new TreeSet<>();
    for (Driver driver : drivers) {
      if (carries && driver.isSealed()) {
        sealed.add(driver.name());
      }
    }
    KexecReport report = kernel.kexec(mode, next());
    trace.line(
        "kexec%s: %s carried over; devices %s"
            .formatted(
                carries ? " -s" : "",
                report.sessionsCarried(),
                kernel.machine().devices().keySet()));
    tally.kexecs++;
    witness.check(
        sealed.equals(Set.copyOf(report.sessionsCarried())),
        Invariant.SEALED,
        "preserved were %s, carried over %s",
        sealed,
        report.sessionsCarried());
    drivers.forEach(driver -> driver.booted(sealed.contains(driver.name())));
  }

  private void coldBoot() {
    kernel.coldBoot(next());
    trace.line("cold boot; devices %s".formatted(kernel.machine().devices().keySet()));
    tally.coldBoots++;
    drivers.forEach(driver -> driver.booted(false));
  }

  /** The machine as the next kernel finds it: usually the same. */
  private SimulatedMachine next() {
    SimulatedMachine same = kernel.machine().withDevices(born);
    if (dice.percent(85)) {
      return same;
    }
    return switch (dice.below(4)) {
      case 0 -> same.withoutDevice(FIRST);
      case 1 -> same.withDevice(FIRST, OtherDevice.class);
      case 2 -> same.withoutDevice(SECOND).withoutDevice(FIRST).withDevice(SECOND, EduDevice.class);
      default -> same.withoutDevice(SECOND);
    };
  }

  /** The end: what can be restored is, everything is compared, closed, and nothing is left. */
  void end() {
    over = true;
    faults.end();
    trace.line("the end is near: no more faults");
    for (Driver driver : drivers) {
      if (!driver.isOpen() && driver.isWaiting()) {
        driver.open();
      }
      if (driver.isOpen()) {
        witness.same(driver.session(), driver.model());
        driver.close();
      }
      driver.host().close();
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
    kernel.close();
  }
}
