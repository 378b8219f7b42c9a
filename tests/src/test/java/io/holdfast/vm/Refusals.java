package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.refused;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.DmaFile;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What Holdfast must not do, on the real kernel: each refusal says why, hands nothing out, and
 * loses nothing that the kernel has not lost already.
 *
 * <p>Before the kexec the memory that cannot be preserved; after it the sessions that cannot be
 * restored as they were. guest/refusals takes one device away in between, and lets two others
 * change places.
 */
final class Refusals {
  private static final long FILE_BYTES = 2 << 20;
  private static final Sample ALTERED = new Sample("altered", PciAddress.parse("0000:00:04.0"));
  private static final Sample MISSING = new Sample("missing", PciAddress.parse("0000:00:05.0"));
  private static final Sample UNPRIVILEGED =
      new Sample("unprivileged", PciAddress.parse("0000:00:08.0"));
  private static final Sample SWAPPED = new Sample("swapped", PciAddress.parse("0000:01:01.0"));

  private Refusals() {}

  /**
   * Before the kexec: refuses memory, then preserves the sessions for afterwards and goes there.
   */
  static void before() throws Exception {
    Notes notes = notes();
    List<LiveSession> held = new ArrayList<>();
    try (Host host = Host.local()) {
      refuseMemory(host);
      Host altered =
          new SyscallsHost(
              new AlteredAddresses(HostProcess.of(host).syscalls(), Sample.IOVA),
              Disk.local(),
              "a kernel that errs");
      held.add(preserve(altered, ALTERED, notes));
      for (Sample sample : List.of(MISSING, UNPRIVILEGED, SWAPPED)) {
        held.add(preserve(host, sample, notes));
      }
      notes.write();
      Guest.kexec();
    } finally {
      held.forEach(LiveSession::close);
    }
  }

  private static LiveSession preserve(Host host, Sample sample, Notes notes) {
    LiveSession session = sample.open(host);
    sample.preserve(session, notes);
    return session;
  }

  private static void refuseMemory(Host host) {
    Sample plain = new Sample("plain", ALTERED.device());
    try (LiveSession session = plain.open(host)) {
      Content.fill(plain.buffer(session), 1);
      refuseFile(host, plain, session, "seal-exec", MemfdUapi.MFD_NOEXEC_SEAL, "F_SEAL_EXEC");
      refuseFile(host, plain, session, "hugetlb", MemfdUapi.MFD_HUGETLB, "hugetlb");
      refuseAnonymous(plain, session);
    }
  }

  private static void refuseFile(
      Host host, Sample plain, LiveSession session, String test, int memfdFlags, String... words) {
    refused(
        test,
        () -> {
          DmaFile file = session.file(test, () -> Guest.memfd(host, test, FILE_BYTES, memfdFlags));
          session.ioas("rings").map(test, file, 0, FILE_BYTES, MapOptions.defaults());
          return session.preserve().toString();
        },
        words);
    check(test + ".nothing-lost", () -> canStillBePreserved(plain, session));
  }

  private static void refuseAnonymous(Sample plain, LiveSession session) {
    Ioas ioas = session.ioas("rings");
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(8192, 4096);
      DmaBuffer scratch = ioas.mapAnonymous("scratch", memory, MapOptions.defaults());
      refused("anonymous", () -> session.preserve().toString(), "scratch", "anonymous");
      scratch.close();
      check("anonymous.nothing-lost", () -> canStillBePreserved(plain, session));
      DmaBuffer declared =
          ioas.mapAnonymous("declared", memory, MapOptions.defaults().declaredTransient());
      check("anonymous.declared-transient", () -> canStillBePreserved(plain, session));
      declared.close();
    }
  }

  /** The buffer is as it was, and the session can be preserved and taken back. */
  private static String canStillBePreserved(Sample plain, LiveSession session) throws IOException {
    DmaBuffer buffer = plain.buffer(session);
    String before = Content.checksum(buffer);
    PageMap.compare(buffer);
    session.preserve();
    session.cancelPreserve();
    require(Content.checksum(buffer).equals(before), "the content has changed");
    return buffer.extents().size() + " extents";
  }

  /** Without CAP_SYS_RAWIO: a new session, or after the kexec the one that waits to be restored. */
  static void withoutRawio(boolean afterKexec) {
    Sample sample = afterKexec ? UNPRIVILEGED : new Sample("fresh", ALTERED.device());
    String test = afterKexec ? "no-rawio.restore" : "no-rawio";
    try (Host host = Host.local()) {
      refused(test, () -> opened(sample, host), "CAP_SYS_RAWIO");
    }
  }

  /** After the kexec: refuses to restore what is not as it was. */
  static void after() throws Exception {
    Notes notes = notes();
    try (Host host = Host.local()) {
      refused("altered-address", () -> opened(ALTERED, host), "memory", "is not where it was");
      check("altered-address.bus-master-off", () -> busMasterIsOff(ALTERED.device()));
      check("altered-address.nothing-lost", () -> ALTERED.isStillThere(host, notes));

      refused("device-missing", () -> opened(MISSING, host), MISSING.device().toString());
      check("device-missing.nothing-lost", () -> MISSING.isNotTaken(host));
      Files.writeString(Path.of("/sys/bus/pci/rescan"), "1", StandardOpenOption.WRITE);
      check("device-missing.restored-when-back", () -> restored(MISSING, host, notes));

      refused(
          "device-swapped",
          () -> opened(SWAPPED, host),
          SWAPPED.device().toString(),
          "1234:11e8",
          "8086:100e");
      check("device-swapped.nothing-lost", () -> SWAPPED.isStillThere(host, notes));

      check("no-rawio.restored-when-privileged", () -> restored(UNPRIVILEGED, host, notes));
    }
  }

  private static String opened(Sample sample, Host host) {
    try (LiveSession session = sample.open(host)) {
      return session.report().reason();
    }
  }

  private static String restored(Sample sample, Host host, Notes notes) {
    try (LiveSession session = sample.open(host)) {
      return sample.compare(session, notes);
    }
  }

  private static String busMasterIsOff(PciAddress device) throws IOException {
    byte[] config =
        Files.readAllBytes(Path.of("/sys/bus/pci/devices", device.toString(), "config"));
    require((config[4] & 4) == 0, "the device may write memory");
    return "command 0x%02x%02x".formatted(config[5], config[4]);
  }

  private static Notes notes() throws IOException {
    return Notes.read(Guest.STATE.resolve("notes"));
  }
}
