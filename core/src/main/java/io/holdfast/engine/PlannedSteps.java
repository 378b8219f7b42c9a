package io.holdfast.engine;

import io.holdfast.linux.HostFacts;
import io.holdfast.linux.HostFacts.DeviceFacts;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan.Step;
import io.holdfast.session.Stage;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;
import java.util.Set;

/**
 * The steps of a restore. Those of each mapping are made when they are asked for: a session may
 * have hundreds of thousands, whose words would take many times the memory of the session.
 * Immutable.
 */
final class PlannedSteps extends AbstractList<Step> implements RandomAccess {
  private static final int STEPS_PER_MAPPING = 2;

  private final List<Step> before;
  private final List<IoasState> ioases;

  /** How many mappings the IOASes have up to each, itself included. */
  private final int[] mappingsUpTo;

  private final List<Step> after;

  private PlannedSteps(List<Step> before, List<IoasState> ioases, List<Step> after) {
    this.before = before;
    this.ioases = ioases;
    this.after = after;
    mappingsUpTo = ioases.stream().mapToInt(ioas -> ioas.mappings().size()).toArray();
    Arrays.parallelPrefix(mappingsUpTo, Integer::sum);
  }

  static PlannedSteps of(SessionState state, HostFacts facts, Set<PciAddress> skipped) {
    List<Step> before = new ArrayList<>();
    for (DeviceState device : state.devices()) {
      if (!skipped.contains(device.address())) {
        attach(before, device, facts.devices().get(device.address()));
      }
    }
    for (BackingFile file : state.files()) {
      before.add(
          new Step(
              Stage.RETRIEVE,
              "retrieve memfd \""
                  + file.name()
                  + "\" ("
                  + file.sizeBytes()
                  + " bytes, token "
                  + file.token()
                  + ")"));
    }
    return new PlannedSteps(
        before,
        state.ioases(),
        List.of(
            new Step(
                Stage.HAND_OVER, "record the session as generation " + (state.generation() + 1)),
            new Step(Stage.FINISH, "finish live update session \"" + state.name() + "\"")));
  }

  private static void attach(List<Step> to, DeviceState device, DeviceFacts found) {
    if (found != null && found.driver().isEmpty()) {
      to.add(new Step(Stage.ATTACH, "bind device " + device.address() + " to vfio-pci"));
    }
    to.add(
        new Step(
            Stage.ATTACH,
            "attach device "
                + device.address()
                + " to IOAS \""
                + device.ioas()
                + "\""
                + (device.ownPageTable() ? " by a page table of its own" : "")));
  }

  private int mappingSteps() {
    return mappingsUpTo.length == 0 ? 0 : STEPS_PER_MAPPING * mappingsUpTo[mappingsUpTo.length - 1];
  }

  @Override
  public int size() {
    return before.size() + mappingSteps() + after.size();
  }

  @Override
  public Step get(int index) {
    if (index < before.size()) {
      return before.get(index);
    }
    int inMappings = index - before.size();
    return inMappings < mappingSteps()
        ? ofMapping(inMappings / STEPS_PER_MAPPING, inMappings % STEPS_PER_MAPPING == 0)
        : after.get(inMappings - mappingSteps());
  }

  private Step ofMapping(int number, boolean first) {
    int at = Arrays.binarySearch(mappingsUpTo, number + 1);
    int ioas = at < 0 ? -at - 1 : at;
    while (ioas > 0 && mappingsUpTo[ioas - 1] > number) {
      ioas--; // An IOAS without mappings has the number of the one before it.
    }
    int inside = ioas == 0 ? number : number - mappingsUpTo[ioas - 1];
    MappingState mapping = ioases.get(ioas).mappings().get(inside);
    return first
        ? new Step(
            Stage.MAP,
            "map \""
                + mapping.name()
                + "\" in IOAS \""
                + ioases.get(ioas).name()
                + "\" at "
                + mapping.iova())
        : new Step(
            Stage.VERIFY,
            mapping.extents().size() == 0
                ? "compare the bytes of \"" + mapping.name() + "\", which has no physical addresses"
                : "compare " + mapping.extents().size() + " extents of \"" + mapping.name() + "\"");
  }
}
