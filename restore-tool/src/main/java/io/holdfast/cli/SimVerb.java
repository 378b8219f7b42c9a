package io.holdfast.cli;

import io.holdfast.model.PciAddress;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sim}: simulated machines, for trying and testing. */
@Command(
    name = "sim",
    description = {
      "Create, show or reboot a simulated machine in a directory; other verbs use it with"
          + " --host=sim:DIR.",
      "create makes one and switches it on. show prints what it is made of. kexec replaces its"
          + " kernel and kills the process that runs on it, as a kexec does; with --legacy nothing"
          + " is handed over. cold-boot switches it off and on. add-device puts a device into a"
          + " slot, for which it is switched off and on.",
      "A machine that a process runs on can only be replaced by kexec."
    },
    footer = {
      "  holdfast sim create /tmp/machine --memory-mib 1024 --fragmented 80",
      "  holdfast sim add-device /tmp/machine --device 0000:00:05.0",
      "  holdfast --host sim:/tmp/machine doctor",
      "  holdfast sim kexec /tmp/machine",
      "  holdfast sim show /tmp/machine"
    })
final class SimVerb extends Verb {
  private static final List<String> ACTIONS =
      List.of("create", "show", "add-device", "kexec", "cold-boot");

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      completionCandidates = Actions.class,
      description = "create, show, add-device, kexec or cold-boot.")
  private String action;

  @Parameters(index = "1", paramLabel = "DIR", description = "The machine's directory.")
  private String directory;

  @Option(
      names = "--memory-mib",
      paramLabel = "MIB",
      description = "With create: how much memory it has, 4 MiB to 1 TiB. Default: 256.")
  private Integer memoryMib;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "With create: what everything that looks random is made from. Default: 1.")
  private Long seed;

  @Option(
      names = "--fragmented",
      paramLabel = "PERCENT",
      description =
          "With create: of 100 pieces of memory that are given out, how many are one page. Default:"
              + " 50.")
  private Integer fragmentedPercent;

  @Option(
      names = "--device",
      paramLabel = "BDF",
      converter = PciAddressConverter.class,
      description =
          "With add-device: the slot of the device, which is QEMU's edu, such as 0000:00:05.0.")
  private PciAddress device;

  @Option(
      names = "--legacy",
      description = "With kexec: as kexec without -s, which loses everything preserved.")
  private boolean legacy;

  /** What can be done. */
  private static final class Actions implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ACTIONS.iterator();
    }
  }

  @Override
  ExitCode run() {
    if (!ACTIONS.contains(action)) {
      throw misused("\"" + action + "\" is none of " + String.join(", ", ACTIONS));
    }
    boolean sized = memoryMib != null || seed != null || fragmentedPercent != null;
    requireOnlyWith("create", sized, "--memory-mib, --seed and --fragmented go");
    requireOnlyWith("add-device", device != null, "--device goes");
    requireOnlyWith("kexec", legacy, "--legacy goes");
    Path folder = path(directory);
    return show(
        switch (action) {
          case "create" -> create(folder);
          case "show" -> shown(folder);
          case "add-device" -> addDevice(folder);
          case "kexec" -> SimFinding.of(folder, SimulatedKernel.kexec(folder, mode()));
          default -> coldBoot(folder);
        });
  }

  private void requireOnlyWith(String itsAction, boolean isGiven, String words) {
    if (isGiven && !action.equals(itsAction)) {
      throw misused(words + " with " + itsAction + " only");
    }
  }

  private KexecMode mode() {
    return legacy ? KexecMode.LEGACY : KexecMode.FILE;
  }

  private SimFinding create(Path folder) {
    SimulatedMachine machine = SimulatedMachine.standard();
    try {
      if (memoryMib != null) {
        machine = machine.withMemoryBytes((long) memoryMib << 20);
      }
      if (seed != null) {
        machine = machine.withSeed(seed);
      }
      if (fragmentedPercent != null) {
        machine = machine.withSinglePagePercent(fragmentedPercent);
      }
    } catch (IllegalArgumentException wrong) {
      throw misused(wrong.getMessage());
    }
    try (SimulatedKernel kernel = SimulatedKernel.create(folder, machine)) {
      return SimFinding.of(kernel);
    }
  }

  private static SimFinding shown(Path folder) {
    try (SimulatedKernel kernel = SimulatedKernel.open(folder)) {
      return SimFinding.of(kernel);
    }
  }

  private SimFinding addDevice(Path folder) {
    if (device == null) {
      throw misused("add-device needs a slot: --device BDF");
    }
    try (SimulatedKernel kernel = SimulatedKernel.open(folder)) {
      if (kernel.machine().devices().containsKey(device)) {
        throw new VerbException(
            ExitCode.NOT_ALLOWED_NOW,
            "slot " + device + " of the machine in " + folder + " has a device already",
            "name another slot");
      }
      kernel.coldBoot(kernel.machine().withDevice(device, EduDevice.class));
      return SimFinding.of(kernel);
    }
  }

  private static SimFinding coldBoot(Path folder) {
    try (SimulatedKernel kernel = SimulatedKernel.open(folder)) {
      kernel.coldBoot();
      return SimFinding.of(kernel);
    }
  }
}
