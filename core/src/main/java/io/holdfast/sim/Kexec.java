package io.holdfast.sim;

import io.holdfast.sim.SessionLog.SavedFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The replacement of a simulated kernel: what of the machine's memory the next boot finds.
 *
 * @param directory the machine's directory
 * @param mode how it is replaced
 * @param machine the machine before
 * @param next the machine that the next kernel finds
 */
record Kexec(
    MachineDirectory directory, KexecMode mode, SimulatedMachine machine, SimulatedMachine next) {
  /** Of the machine in a directory that this process need not have open; kills who has. */
  static KexecReport fromOutside(Path path, KexecMode mode) {
    OwnerTakeover takeover = OwnerTakeover.of(path);
    try (MachineDirectory directory = takeover.directory()) {
      SessionLog.Saved saved = SessionLog.read(directory);
      BootFile before = directory.read(path.resolve("boot"), BootFile::decode);
      SimulatedMachine machine = directory.read(path.resolve("machine"), MachineFile::decode);
      return new Kexec(directory, mode, machine, machine)
          .carryOver(before, saved, takeover.wasAlive(), takeover.killedPid());
    }
  }

  /** Prepares the next boot, with what the open sessions of the last one preserve. */
  KexecReport carryOver(
      BootFile before, SessionLog.Saved saved, boolean sessionsHeld, OptionalLong killedPid) {
    boolean carries =
        sessionsHeld && mode == KexecMode.FILE && machine.hasLiveUpdate() && next.hasLiveUpdate();
    Map<String, Map<Long, SavedFile>> carried =
        carries ? new LinkedHashMap<>(saved.outgoing()) : Map.of();
    BootFile boot = new NextBoot(directory).kexec(next, before, carried);
    List<String> lost = new ArrayList<>(saved.incoming().keySet());
    saved.outgoing().keySet().stream()
        .filter(name -> !carried.containsKey(name))
        .forEach(lost::add);
    return new KexecReport(
        boot.generation(), boot.bootId(), List.copyOf(carried.keySet()), lost, killedPid);
  }
}
