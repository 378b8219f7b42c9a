package io.holdfast.engine;

import io.holdfast.journal.JournalRecord;
import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.DeviceState;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
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
          "move it with moveTo(), or close it first to bind it anew");
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
    pci.bindIfUnbound(address);
    boolean behindIommu = pci.node(address).behindIommu();
    ioas.requireSameKind(address, behindIommu);
    DeviceState state =
        new DeviceState(address, pci.identity(address), ioas.name, policy).withIommu(behindIommu);
    try (Undo undo = new Undo()) {
      LiveDevice device =
          undo.closes(
              LiveDevice.bind(live.syscalls, live.iommufd, state, live.vfTokens.of(address)));
      undo.with(() -> letGo(device));
      boolean pinsAnew = ioas.devices.isEmpty();
      device.attach(ioas);
      live.keep(device);
      factory.recordBound(device.state(), ioas, pinsAnew);
      undo.forget();
      live.devices.put(address, device);
      return device;
    }
  }

  /** Whether this very device is the session's now. */
  boolean isBound(LiveDevice device) {
    return live.devices.get(device.address()) == device;
  }

  /** Refuses a device that was given back, or is another session's. */
  void requireBound(LiveDevice device) {
    if (!isBound(device)) {
      throw new IllegalStateException(
          "device " + device.address() + " is closed, or is bound to another session");
    }
  }

  /**
   * Gives a device back. When it was the last of its IOAS, the buffers there are not pinned any
   * more.
   */
  void unbind(LiveDevice device) {
    LiveIoas ioas = live.ioases.get(device.state().ioas());
    device.access().stop();
    device.access().unmapRegions();
    boolean recordedFirst = live.store.isKeeping();
    if (recordedFirst) {
      // What a store keeps is resumed as it is recorded: a device must not be missing, but one that
      // is not recorded any more is closed then.
      journal.record(List.of(new DeviceUnbound(device.address())));
    }
    if (ioas.devices.size() == 1) {
      ioas.mappings.values().forEach(LiveMapping::invalidate);
    }
    giveBack(device, recordedFirst);
  }

  private void giveBack(LiveDevice device, boolean recorded) {
    letGo(device);
    device.close();
    live.devices.remove(device.address());
    int pageTable = device.ids().pageTable();
    Closing closing = new Closing();
    if (pageTable != 0) {
      closing.step(() -> device.destroyPageTable(pageTable));
    }
    if (!recorded) {
      closing.step(() -> journal.recordDone(new DeviceUnbound(device.address())));
    }
    closing.end();
  }

  /**
   * Attaches a device to another IOAS in place of the one it has. What was pinned for it alone is
   * unpinned, and what was not pinned there gets the addresses that it has now.
   */
  void move(LiveDevice device, LiveIoas target) {
    LiveIoas source = live.ioases.get(device.state().ioas());
    target.requireSameKind(device.address(), device.state().behindIommu());
    requireStopped(device, source);
    boolean recordedFirst = live.store.isKeeping();
    if (recordedFirst) {
      // What a store keeps is resumed as it is recorded: of a process that dies now the device is
      // closed, since nobody knows which IOAS it was attached to.
      journal.record(List.of(new DeviceUnbound(device.address())));
    }
    List<JournalRecord> records;
    try {
      records = attach(device, target);
    } catch (RuntimeException e) {
      // After an Error, such as the death of a simulated process, nobody knows what is attached.
      try (Undo undo = new Undo()) {
        undo.with(() -> stay(device, source, recordedFirst));
        throw e;
      }
    }
    if (recordedFirst) {
      live.devices.remove(device.address());
      live.devices.put(device.address(), device); // In the order of the journal.
    }
    journal.recordDone(records);
  }

  /** A device that goes on must not lose the pages that it knows. */
  private static void requireStopped(LiveDevice device, LiveIoas source) {
    if (source.devices.size() == 1 && !source.mappings.isEmpty() && device.access().isBusMaster()) {
      throw new SessionException(
          "device %s can still write the buffers of IOAS \"%s\", which would not be pinned any more"
              .formatted(device.address(), source.name),
          "stop it and call disableBusMastering() before it is moved");
    }
  }

  /** Attaches a device in place of what it was attached to; returns what has to be recorded. */
  private List<JournalRecord> attach(LiveDevice device, LiveIoas target) {
    LiveIoas source = live.ioases.get(device.state().ioas());
    boolean pinsAnew = target.devices.isEmpty();
    try (Undo undo = new Undo()) {
      if (source.devices.size() == 1) {
        List<LiveMapping> told =
            source.mappings.values().stream().filter(LiveMapping::isToldOf).toList();
        source.mappings.values().forEach(LiveMapping::invalidate);
        undo.with(() -> told.forEach(LiveMapping::revalidate));
      }
      device.attach(target);
      undo.forget();
    }
    List<JournalRecord> records = new ArrayList<>();
    records.add(new DeviceBound(device.state()));
    if (pinsAnew) {
      factory.pinnedAnew(target, records).forEach(LiveMapping::updateState);
    }
    return records;
  }

  /**
   * Undoes a move that failed: the kernel has replaced one attachment by the other, or has done
   * nothing. A device that cannot be brought back to where it was is given back, since nobody would
   * know the addresses of what is pinned for it.
   *
   * @param recorded whether it is recorded as given back
   */
  private void stay(LiveDevice device, LiveIoas source, boolean recorded) {
    List<JournalRecord> records =
        new ArrayList<>(recorded ? List.of(new DeviceBound(device.state())) : List.of());
    if (!device.state().ioas().equals(source.name)) {
      try (Undo undo = new Undo()) {
        undo.with(() ->
            new Closing().step(device.access()::stop).step(() -> giveBack(device, recorded)).end());
        records = attach(device, source);
        undo.forget();
      }
    }
    journal.recordDone(records);
  }

  private void letGo(LiveDevice device) {
    live.store.remove(live.store.names().device(device.address()));
  }
}
