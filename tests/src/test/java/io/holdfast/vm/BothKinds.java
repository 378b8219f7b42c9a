package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.drivers.edu.EduDriver;
import io.holdfast.model.PciAddress;
import java.nio.file.Path;

/**
 * A session with a device behind an IOMMU and one without: both use their memory before and after a
 * kexec, each by the addresses it has.
 */
final class BothKinds {
  private static final PciAddress TRANSLATED = PciAddress.parse("0000:00:05.0");
  private static final PciAddress PLAIN = PciAddress.parse("0000:41:00.0");
  private static final Path NOTES = Guest.STATE.resolve("notes");
  private static final int BYTES = 2048;

  private BothKinds() {}

  static void run() throws Exception {
    Notes notes = Notes.read(NOTES);
    boolean restored = !notes.get("sum.translated").isEmpty();
    String stage = restored ? "kexec-1" : "fresh";
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, "both", Guest.SESSIONS)) {
      check(
          stage + ".both",
          () -> {
            require(session.isRestored() == restored, "%s", session.report().reason());
            return session.report().buffers().toString();
          });
      check(stage + ".translated", () -> use(session, "translated", TRANSLATED, notes, restored));
      check(stage + ".plain", () -> use(session, "plain", PLAIN, notes, restored));
      check(
          stage + ".addresses",
          () -> {
            DmaBuffer translated = session.ioas("translated").find("memory").orElseThrow();
            require(translated.dmaAddress(0) == translated.iova().start(), "not by IOVA");
            try {
              return "0x" + Long.toHexString(translated.physicalAddress(0));
            } catch (UnsupportedOperationException e) {
              return e.getMessage();
            }
          });
      if (!restored) {
        session.preserve();
        notes.write();
        Guest.kexec();
      }
    }
  }

  private static String use(
      LiveSession session, String name, PciAddress address, Notes notes, boolean restored) {
    Ioas ioas = session.ioas(name);
    VfioDevice device = session.bind(address, ioas);
    DmaBuffer memory = ioas.buffer("memory", 1 << 20);
    String where = "0x" + Long.toHexString(memory.dmaAddress(0));
    if (restored) {
      require(where.equals(notes.get("at." + name)), "%s, not %s", where, notes.get("at." + name));
      String sum = String.valueOf(Content.checksum(memory));
      require(sum.equals(notes.get("sum." + name)), "its bytes are others");
      require(device.hasOwnPageTable() == address.equals(TRANSLATED), "its page table is another");
    } else {
      if (address.equals(TRANSLATED)) {
        device.useOwnPageTable();
      }
      Content.fill(memory, name.hashCode());
    }
    EduDriver edu = new EduDriver(device);
    device.enableBusMastering();
    edu.read(memory.dmaAddress(0), BYTES);
    edu.write(memory.dmaAddress(2 * BYTES), BYTES);
    device.disableBusMastering();
    require(
        memory.segment().asSlice(0, BYTES).mismatch(memory.segment().asSlice(2 * BYTES, BYTES))
            == -1,
        "the device has not copied");
    notes.put("at." + name, where);
    notes.put("sum." + name, String.valueOf(Content.checksum(memory)));
    return where;
  }
}
