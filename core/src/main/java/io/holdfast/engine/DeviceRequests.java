package io.holdfast.engine;

import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.DeviceState;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Undo;
import java.util.List;
import java.util.Optional;

/**
 * Binds the devices that a driver asks for, and gives them back; refuses one that is bound already
 * in another way.
 *
 * <p>Guarded by the session's lock.
 */
final class DeviceRequests {
  private final LiveObjects live;
  private final SessionJournal journal;
  private final BufferFactory factory;

  DeviceRequests(LiveObjects live, SessionJournal journal, BufferFactory factory) {
    this.live = live;
    this.journal = journal;
    this.factory = factory;
  }

  /** A device that is bound, if it is bound as asked for. */
  Optional<LiveDevice> find(PciAddress address, LiveIoas ioas, Policy policy) {
    LiveDevice present = live.devices.get(address);
    if (present == null) {
      return Optional.empty();
    }
    DeviceState state = present.state();
    if (!state.ioas().equals(ioas.name)) {
      throw new SessionException(
          "device %s is attached to IOAS \"%s\", not to \"%s\""
              .formatted(present.address(), state.ioas(), ioas.name),
          "close it first to attach it elsewhere");
    }
    if (state.policy() != policy) {
      throw new SessionException(
          "device %s was bound as %s, not as %s"
              .formatted(present.address(), state.policy(), policy),
          "ask for it as it was bound, or close it and bind it again");
    }
    return Optional.of(present);
  }

  /** Binds, attaches and records a device. */
  LiveDevice bind(PciAddress address, LiveIoas ioas, Policy policy) {
    PciSysfs pci = new PciSysfs(live.syscalls);
    if (!pci.exists(address)) {
      throw new DeviceUnavailableException(
          "there is no PCI device at " + address, "compare with: ls /sys/bus/pci/devices");
    }
    DeviceState state = new DeviceState(address, pci.identity(address), ioas.name, policy);
    try (Undo undo = new Undo()) {
      LiveDevice device = undo.closes(LiveDevice.bind(live.syscalls, live.iommufd, state));
      undo.with(() -> letGo(device));
      boolean pinsAnew = ioas.devices.isEmpty();
      device.attach(ioas);
      live.keep(device);
      factory.recordBound(state, ioas, pinsAnew);
      undo.forget();
      live.devices.put(address, device);
      return device;
    }
  }

  /** Whether this very device is the session's now. */
  boolean isBound(LiveDevice device) {
    return live.devices.get(device.address()) == device;
  }

  /**
   * Gives a device back. When it was the last of its IOAS, the buffers there are not pinned any
   * more.
   */
  void unbind(LiveDevice device) {
    LiveIoas ioas = live.ioases.get(device.state().ioas());
    device.stop();
    device.unmapRegions();
    if (ioas.devices.size() == 1) {
      ioas.mappings.values().forEach(LiveMapping::invalidate);
    }
    DeviceUnbound unbound = new DeviceUnbound(device.address());
    if (live.store.isKeeping()) {
      // What a store keeps is resumed as it is recorded: a device must not be missing, but one that
      // is not recorded any more is closed then.
      journal.record(List.of(unbound));
      letGo(device);
      device.close();
      live.devices.remove(device.address());
    } else {
      device.close();
      live.devices.remove(device.address());
      journal.recordDone(unbound);
    }
  }

  private void letGo(LiveDevice device) {
    live.store.remove(live.store.names().device(device.address()));
  }
}
