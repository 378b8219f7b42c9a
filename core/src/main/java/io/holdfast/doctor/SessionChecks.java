package io.holdfast.doctor;

import io.holdfast.linux.KernelCma;
import io.holdfast.linux.KernelZones;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extent;
import io.holdfast.model.SessionState;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** What can be seen of a sealed session before the kexec that it is meant for. */
final class SessionChecks {
  private static final int MIB_SHIFT = 20;

  private final Syscalls kernel;
  private final SessionState session;

  SessionChecks(Syscalls kernel, SessionState session) {
    this.kernel = kernel;
    this.session = session;
  }

  List<HostCheck> all() {
    List<HostCheck> checks = new ArrayList<>();
    checks.add(movable());
    checks.add(contiguous());
    for (DeviceState device : session.devices()) {
      checks.add(dma(device));
    }
    return checks;
  }

  /** The next kernel may put what has to be movable where preserved pages are. */
  private HostCheck movable() {
    return noneIn(
        "session-memory-zone",
        "ZONE_MOVABLE",
        KernelZones.read(kernel)::isMovable,
        "boot without movablecore= and kernelcore=, and keep memory that was hot-plugged out of"
            + " ZONE_MOVABLE");
  }

  /** CMA is lent to movable pages, which preserved ones are not any more. */
  private HostCheck contiguous() {
    String name = "session-cma";
    KernelCma cma = KernelCma.read(kernel);
    if (cma.areas().isEmpty()) {
      return HostCheck.warning(
          name,
          label()
              + "this kernel has %d MiB of CMA, and where they are cannot be seen"
                  .formatted(cma.bytes() >> MIB_SHIFT),
          "boot with cma=0, or look as root with debugfs mounted and CONFIG_CMA_DEBUGFS");
    }
    return noneIn(
        name,
        "CMA",
        cma::has,
        "boot with cma=0 or a smaller area; the next kernel may lend these pages to others");
  }

  /** Warns where extents of the session lie in memory that is no good for preserved pages. */
  private HostCheck noneIn(String name, String where, Predicate<Extent> isIn, String remedy) {
    long inside =
        session.ioases().stream()
            .flatMap(ioas -> ioas.mappings().stream())
            .flatMap(mapping -> mapping.extents().stream())
            .filter(isIn)
            .count();
    return inside == 0
        ? HostCheck.ok(name, label() + "no extent is in " + where)
        : HostCheck.warning(name, label() + inside + " extents are in " + where, remedy);
  }

  private String label() {
    return "session \"" + session.name() + "\": ";
  }

  private HostCheck dma(DeviceState device) {
    String name = "session-dma";
    String label = label() + device.address();
    return PciSysfs.isBusMaster(kernel, device.address())
        ? HostCheck.warning(
            name,
            label + " is a bus master: its DMA may go on while the kernel is replaced",
            "stop the device, and clear its bus master bit, before the kexec")
        : HostCheck.ok(name, label + " is no bus master");
  }
}
