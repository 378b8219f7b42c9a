package io.holdfast.engine;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Undo;
import java.util.List;

/**
 * Attaches devices by page tables (HWPT) of their own, or by the one that the devices of an IOAS
 * share. Nothing is unpinned or reset.
 *
 * <p>A resume attaches a device by the page table that is recorded, and takes a recorded id for
 * that page table. So one is recorded after it was made and before the device is attached by it,
 * and destroyed after that was recorded. Guarded by the session's lock.
 */
final class PageTables {
  private final SessionJournal journal;

  PageTables(SessionJournal journal) {
    this.journal = journal;
  }

  void attachByOwn(LiveDevice device) {
    requirePossible(device);
    int made = device.makePageTable();
    try {
      journal.record(List.of(new DeviceBound(device.stateBy(made))));
    } catch (RuntimeException e) {
      try (Undo undo = new Undo()) {
        undo.with(() -> device.destroyPageTable(made));
        throw e;
      }
    }
    try {
      device.attachBy(made);
    } catch (RuntimeException e) {
      // After an Error, such as the death of a simulated process, nobody knows what it has.
      try (Undo undo = new Undo()) {
        undo.with(() -> {
          journal.record(List.of(new DeviceBound(device.state())));
          device.destroyPageTable(made);
        });
        throw e;
      }
    }
  }

  void attachByShared(LiveDevice device) {
    int had = device.ids().pageTable();
    device.attachBy(0);
    try {
      journal.record(List.of(new DeviceBound(device.state())));
    } catch (RuntimeException e) {
      try (Undo undo = new Undo()) {
        undo.with(() -> device.attachBy(had));
        throw e;
      }
    }
    device.destroyPageTable(had);
  }

  private static void requirePossible(LiveDevice device) {
    if (!device.state().behindIommu()) {
      throw new SessionException(
          "device %s is without an IOMMU: there is no page table that it could have"
              .formatted(device.address()),
          "use it as it is, or boot with an IOMMU (intel_iommu=on, amd_iommu=on)");
    }
    if (device.ids().device() == 0) {
      throw new SessionException(
          "the id of device %s in the iommufd was not recorded by the version that has bound it"
              .formatted(device.address()),
          "close the device and bind it again");
    }
  }
}
