package io.holdfast.lives;

import io.holdfast.DmaBuffer;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.lives.Model.Buffer;
import io.holdfast.lives.Model.Content;
import io.holdfast.model.DeviceState;
import io.holdfast.model.PciAddress;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Compares a session that goes on after the end of its process with what that process had. Used
 * once.
 */
final class Resumed {
  private final Life life;
  private final LiveSession session;
  private final Left left;
  private final Model model;

  Resumed(Life life, LiveSession session, Left left) {
    this.life = life;
    this.session = session;
    this.left = left;
    this.model = left.model;
  }

  /**
   * Nothing was reset, unmapped or unpinned, and generation and journal go on.
   *
   * @param stopped whether the devices were to be stopped
   */
  void check(boolean stopped) {
    check(
        session.report().outcome() == Outcome.RESUMED && session.isResumed(),
        "it says %s",
        session.report().outcome());
    check(
        session.state().generation() == model.generation,
        "generation %d instead of %d",
        session.state().generation(),
        model.generation);
    sealed();
    settlePending();
    files();
    model.orphan();
    if (model.devices.isEmpty()) {
      // It goes on with another iommufd.
      model.loseOrphans();
    }
    for (Model.Device device : model.devices.values()) {
      busMaster(device.address(), stopped);
    }
    check(
        session.devices().size() == model.devices.size(),
        "it has the devices %s instead of %s",
        session.devices().stream().map(VfioDevice::address).toList(),
        model.devices.keySet());
    for (Buffer buffer : model.buffers.values()) {
      if (left.pending == null || !left.pending.key().equals(buffer.key())) {
        verdict(buffer);
      }
    }
    life.witness().same(session, model);
  }

  /** A memfd that no buffer is of may not have come back from a restore before. */
  private void files() {
    Set<String> found = new HashSet<>();
    session.state().files().forEach(file -> found.add(file.name()));
    for (Content content : List.copyOf(model.files.values())) {
      boolean isUsed =
          model.buffers.values().stream().anyMatch(buffer -> buffer.content.equals(content));
      check(
          found.contains(content.name) || (!isUsed && left.isRestored),
          "memfd %s is gone",
          content.name);
      if (!found.contains(content.name)) {
        model.files.remove(content.name);
      }
    }
  }

  private void sealed() {
    boolean sealed = session.isPreserved();
    check(sealed || !left.mustBeSealed(), "it was preserved, and is not any more");
    check(!sealed || left.mayBeSealed(), "it is preserved, and was not");
    left.sealed(sealed);
  }

  private void busMaster(PciAddress address, boolean stopped) {
    VfioDevice device =
        session
            .device(address)
            .orElseThrow(() -> life.witness().fail(Invariant.RESUMED, "%s is gone", address));
    boolean is = device.isBusMaster();
    boolean uncertain = left.closing || model.perhapsBusMasters.contains(address);
    boolean was = model.busMasters.contains(address);
    check(
        stopped ? !is : uncertain || is == was,
        "%s is %s bus master, and was %s",
        address,
        is ? "a" : "no",
        was ? "one" : "none");
    model.busMaster(address, is);
  }

  private void verdict(Buffer buffer) {
    Verdict verdict = Witness.verdict(session.report(), buffer);
    Verdict wanted =
        isDoubtful(buffer.ioas)
            ? verdict
            : !model.isAttached(buffer.ioas)
                ? Verdict.SKIPPED
                : buffer.orphaned ? Verdict.LOST : Verdict.SAME;
    life.witness()
        .check(verdict == wanted, Invariant.TRUTH, "%s is reported as %s", buffer, verdict);
  }

  /** Whether a device of an IOAS was being bound or given back. */
  private boolean isDoubtful(String ioas) {
    return left.pending != null
        && session.state().devices().stream()
            .anyMatch(
                it -> it.ioas().equals(ioas) && it.address().toString().equals(left.pending.key()));
  }

  /** What was being added or removed is there or not; both are right. */
  private void settlePending() {
    Pending pending = left.pending;
    if (pending == null) {
      return;
    }
    if (pending.buffer() != null) {
      settle(pending.buffer());
    } else if (pending.file() != null) {
      if (session.state().files().stream().anyMatch(it -> it.name().equals(pending.key()))) {
        model.files.put(pending.key(), pending.file());
      }
    } else if (session.ioases().stream().anyMatch(it -> it.name().equals(pending.key()))) {
      model.ioases.add(pending.key());
    } else {
      settleDevice(pending.key());
    }
  }

  private void settle(Buffer buffer) {
    DmaBuffer found =
        session.ioases().stream()
            .filter(ioas -> ioas.name().equals(buffer.ioas))
            .findFirst()
            .flatMap(ioas -> ioas.find(buffer.name))
            .orElse(null);
    if (found == null) {
      model.buffers.remove(buffer.key());
    } else if (!model.buffers.containsKey(buffer.key())) {
      buffer.iova = found.iova().start();
      buffer.extents = found.extents();
      model.buffers.put(buffer.key(), buffer);
    }
  }

  private void settleDevice(String address) {
    List<DeviceState> bound =
        session.state().devices().stream()
            .filter(it -> it.address().toString().equals(address))
            .toList();
    if (bound.isEmpty()) {
      model.devices.keySet().removeIf(each -> each.toString().equals(address));
      return;
    }
    DeviceState state = bound.getFirst();
    model.perhapsBusMasters.add(state.address());
    Model.Device known = model.devices.get(state.address());
    if (known != null && known.ioas().equals(state.ioas())) {
      return;
    }
    boolean pins = !model.isAttached(state.ioas());
    Class<?> kind = life.kernel().machine().devices().get(state.address());
    model.devices.put(
        state.address(), new Model.Device(state.address(), state.ioas(), state.policy(), kind));
    if (pins) {
      for (Buffer buffer : model.buffersOf(state.ioas())) {
        buffer.extents = session.ioas(buffer.ioas).find(buffer.name).orElseThrow().extents();
      }
    }
  }

  private void check(boolean holds, String detail, Object... arguments) {
    life.witness().check(holds, Invariant.RESUMED, detail, arguments);
  }
}
