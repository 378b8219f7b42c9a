package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;

/**
 * A driver that does not restore for itself: the restore tool does, and becomes the driver, which
 * inherits the session, the iommufd with its mappings, the device and the memfd.
 */
final class HandedOver {
  private static final Sample SAMPLE = new Sample("handed", PciAddress.parse("0000:00:04.0"));

  private HandedOver() {}

  static void run() throws Exception {
    Notes notes = Notes.read(Guest.STATE.resolve("notes"));
    try (Host host = Host.local();
        LiveSession session = SAMPLE.open(host)) {
      if (!session.isRestored()) {
        SAMPLE.preserve(session, notes);
        notes.write();
        Guest.kexec();
      }
      check("handover.inherited", HandedOver::inherited);
      check("handover.same", () -> SAMPLE.compare(session, notes));
      check("handover.pagemap", () -> PageMap.compare(SAMPLE.buffer(session)) + " pages");
      check(
          "handover.records-again",
          () -> {
            session.preserve();
            session.cancelPreserve();
            return "generation " + session.state().generation();
          });
    }
  }

  private static String inherited() {
    String names = String.valueOf(System.getenv("LISTEN_FDNAMES"));
    for (String expected : new String[] {"session", "iommufd-", "device-0-", "file-1"}) {
      require(names.contains("holdfast-" + expected), "no %s among %s", expected, names);
    }
    return names;
  }
}
