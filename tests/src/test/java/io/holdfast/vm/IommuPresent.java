package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.refused;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import java.nio.file.Path;

/**
 * The next kernel has an IOMMU: what was preserved without one is not restored behind it, but
 * something new can be begun.
 */
final class IommuPresent {
  private static final Sample SAMPLE = new Sample("sample", PciAddress.parse("0000:00:04.0"));
  private static final Path NOTES = Guest.STATE.resolve("notes");

  private IommuPresent() {}

  static void before() throws Exception {
    Notes notes = Notes.read(NOTES);
    try (Host host = Host.local();
        LiveSession session = SAMPLE.open(host)) {
      SAMPLE.preserve(session, notes);
      notes.write();
      Guest.kexec("intel_iommu=on");
    }
  }

  static void after() throws Exception {
    Notes notes = Notes.read(NOTES);
    try (Host host = Host.local()) {
      refused(
          "restore-behind-an-iommu", () -> open(host, SAMPLE), "IOMMU", SAMPLE.device().toString());
      check("restore-behind-an-iommu.nothing-lost", () -> SAMPLE.isStillThere(host, notes));
      check("begin-behind-an-iommu", () -> begin(host));
    }
  }

  private static String begin(Host host) {
    try (LiveSession session = LiveSession.openOrRestore(host, "new", Guest.SESSIONS)) {
      Ioas rings = session.ioas("rings");
      session.bind(SAMPLE.device(), rings);
      DmaBuffer buffer = rings.buffer("memory", 1 << 20);
      require(buffer.dmaAddress(0) == buffer.iova().start(), "it is not addressed by IOVA");
      return "at " + buffer.iova();
    }
  }

  private static String open(Host host, Sample sample) {
    try (LiveSession session = sample.open(host)) {
      return session.report().reason();
    }
  }
}
