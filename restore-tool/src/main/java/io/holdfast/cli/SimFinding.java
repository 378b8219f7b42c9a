package io.holdfast.cli;

import io.holdfast.sim.KexecReport;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A simulated machine.
 *
 * @param folder where it is
 * @param machine what it is made of
 * @param boots how many kernels it has booted
 * @param bootId this one's boot id
 * @param freeBytes memory that nobody has
 * @param pinnedBytes memory that is mapped for a device or preserved
 * @param waiting the sessions of the kernel before that nobody has retrieved
 * @param kexec what the kexec did, if there was one just now
 */
record SimFinding(
    Path folder,
    SimulatedMachine machine,
    long boots,
    UUID bootId,
    long freeBytes,
    long pinnedBytes,
    List<String> waiting,
    Optional<KexecReport> kexec)
    implements Finding {
  static SimFinding of(SimulatedKernel kernel) {
    return of(kernel, Optional.empty());
  }

  /** The machine after a kexec from outside. */
  static SimFinding of(Path folder, KexecReport report) {
    try (SimulatedKernel kernel = SimulatedKernel.open(folder)) {
      return of(kernel, Optional.of(report));
    }
  }

  private static SimFinding of(SimulatedKernel kernel, Optional<KexecReport> report) {
    return new SimFinding(
        kernel.folder(),
        kernel.machine(),
        kernel.generation(),
        kernel.bootId(),
        kernel.freeMemoryBytes(),
        kernel.pinnedMemoryBytes(),
        kernel.waitingSessions().stream().sorted().toList(),
        report);
  }

  private Map<String, String> devices() {
    Map<String, String> devices = new TreeMap<>();
    machine.devices().forEach((slot, model) -> devices.put(slot.toString(), model.getSimpleName()));
    return devices;
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("directory", folder);
    document.put("boots", boots);
    document.put("bootId", bootId);
    document.put("kernelRelease", machine.kernelRelease());
    document.put("commandLine", machine.commandLine());
    document.put("memoryBytes", machine.memoryBytes());
    document.put("freeBytes", freeBytes);
    document.put("pinnedBytes", pinnedBytes);
    document.put("seed", machine.seed());
    document.put("fragmentedPercent", machine.singlePagePercent());
    document.put("devices", devices());
    document.put("waitingSessions", waiting);
    document.put("kexec", kexec.map(SimFinding::document).orElse(null));
    return document;
  }

  private static Map<String, Object> document(KexecReport report) {
    Map<String, Object> document = new LinkedHashMap<>();
    OptionalLong killed = report.killedPid();
    document.put("sessionsCarried", report.sessionsCarried());
    document.put("sessionsLost", report.sessionsLost());
    document.put("killedPid", killed.isPresent() ? killed.getAsLong() : null);
    return document;
  }

  @Override
  public void print(Console console) {
    Table table =
        new Table()
            .row("machine", folder)
            .row("kernel", "Linux " + machine.kernelRelease() + ", boot " + boots)
            .row("boot id", bootId)
            .row("command line", machine.commandLine())
            .row(
                "memory",
                "%s, of which free %s, pinned %s"
                    .formatted(
                        Words.bytes(machine.memoryBytes()),
                        Words.bytes(freeBytes),
                        Words.bytes(pinnedBytes)))
            .row(
                "made from",
                "seed %d, %d of 100 pieces of memory are one page"
                    .formatted(machine.seed(), machine.singlePagePercent()));
    devices().forEach((slot, model) -> table.row("device", slot + ", " + model));
    table.row("sessions waiting", waiting.isEmpty() ? "none" : String.join(", ", waiting));
    table.printTo(console);
    kexec.ifPresent(report -> {
      console.blank();
      report.killedPid().ifPresent(pid -> console.line("Process " + pid + " was killed."));
      console.line("Sessions handed over: " + words(report.sessionsCarried()) + ".");
      console.line("Sessions lost: " + words(report.sessionsLost()) + ".");
    });
  }

  private static String words(List<String> names) {
    return names.isEmpty() ? "none" : SafeText.field(String.join(", ", names));
  }
}
