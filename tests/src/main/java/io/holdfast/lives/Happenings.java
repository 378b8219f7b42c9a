package io.holdfast.lives;

import io.holdfast.model.PciAddress;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.KexecReport;
import io.holdfast.sim.SimulatedDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What happens to a life's machine: kexecs, boots, pages that move. Not thread-safe. */
final class Happenings {
  private final Life life;
  private final Map<PciAddress, Class<? extends SimulatedDevice>> born;

  Happenings(Life life, Map<PciAddress, Class<? extends SimulatedDevice>> born) {
    this.life = life;
    this.born = born;
  }

  /** Something that happens to the machine. */
  void happen() {
    switch (life.dice().below(20)) {
      case 0, 1 -> boot(false, KexecMode.LEGACY);
      case 2, 3 -> coldBoot();
      case 4 -> movePages();
      case 5 ->
          life.drivers()
              .forEach(driver -> {
                if (driver.isWaiting()) {
                  life.trace().line("the next file to be retrieved is lost for good");
                  life.kernel().failNextRetrieve(Errno.ENOMEM);
                  driver.spoil();
                }
              });
      default -> boot(true, KexecMode.FILE);
    }
  }

  /** The kernel moves what is not pinned, as it may at any time. */
  void movePages() {
    int moved = life.kernel().migratePages();
    life.trace().line("the kernel moves pages: %d".formatted(moved));
    // What was retrieved, but could not be mapped yet, is not pinned either.
    life.drivers().stream()
        .filter(driver -> moved > 0 && driver.isWaiting() && !driver.isInKernel())
        .forEach(Driver::spoil);
  }

  void boot(boolean carries, KexecMode mode) {
    Set<String> sealed = new TreeSet<>();
    Set<String> perhaps = new TreeSet<>();
    for (Driver driver : life.drivers()) {
      if (carries && driver.isSealed()) {
        sealed.add(driver.name());
      }
      if (carries && driver.mayBeSealed()) {
        perhaps.add(driver.name());
      }
    }
    KexecReport report = life.kernel().kexec(mode, next());
    life.trace()
        .line(
            "kexec%s: %s carried over; devices %s"
                .formatted(
                    carries ? " -s" : "",
                    report.sessionsCarried(),
                    life.kernel().machine().devices().keySet()));
    life.tally().kexecs++;
    life.witness()
        .check(
            report.sessionsCarried().containsAll(sealed)
                && perhaps.containsAll(report.sessionsCarried()),
            Invariant.SEALED,
            "preserved were %s, carried over %s",
            sealed,
            report.sessionsCarried());
    booted(Set.copyOf(report.sessionsCarried()));
  }

  private void booted(Set<String> carried) {
    if (life.hasHolder()) {
      life.holding().booted();
    }
    life.drivers().forEach(driver -> driver.booted(carried.contains(driver.name())));
  }

  private void coldBoot() {
    life.kernel().coldBoot(next());
    life.trace()
        .line("cold boot; devices %s".formatted(life.kernel().machine().devices().keySet()));
    life.tally().coldBoots++;
    booted(Set.of());
  }

  /** The machine as the next kernel finds it: usually the same. */
  private SimulatedMachine next() {
    SimulatedMachine same = life.kernel().machine().withDevices(born);
    if (life.dice().percent(85)) {
      return same;
    }
    return switch (life.dice().below(4)) {
      case 0 -> same.withoutDevice(Life.FIRST);
      case 1 -> same.withDevice(Life.FIRST, OtherDevice.class);
      case 2 ->
          same.withoutDevice(Life.SECOND)
              .withoutDevice(Life.FIRST)
              .withDevice(Life.SECOND, EduDevice.class);
      default -> same.withoutDevice(Life.SECOND);
    };
  }
}
