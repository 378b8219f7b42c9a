package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Rings in one piece of physical memory, on a host whose free memory is in single pages. */
final class ContiguousMemory {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");
  private static final String SESSION = "rings";
  private static final int RINGS = 500;
  private static final int[] SIZES = {16 << 10, 64 << 10};
  private static final MapOptions IN_ONE_PIECE = MapOptions.defaults().contiguous();
  private static final Path ADDRESSES = Guest.SESSIONS.resolveSibling("rings.addresses");

  private ContiguousMemory() {}

  private static DmaBuffer ring(Ioas ioas, int size, int index) {
    DmaBuffer ring =
        ioas.buffer("ring-%d-%d".formatted(size, index), size, IN_ONE_PIECE.aligned(size));
    require(ring.contiguousBytes(0) == size, "%s is in pieces", ring.name());
    require(ring.physicalAddress(0) % size == 0, "%s is not aligned", ring.name());
    return ring;
  }

  private static String allRings(Ioas ioas, List<String> addresses, boolean fill) {
    for (int size : SIZES) {
      for (int i = 0; i < RINGS; i++) {
        DmaBuffer ring = ring(ioas, size, i);
        if (fill) {
          ring.segment().set(ValueLayout.JAVA_INT, size - 4L, size + i);
        }
        require(ring.segment().get(ValueLayout.JAVA_INT, size - 4L) == size + i, "other bytes");
        addresses.add(ring.name() + " 0x" + Long.toHexString(ring.physicalAddress(0)));
      }
    }
    return "%d rings of 16 and of 64 KiB each, in %d mappings of the process"
        .formatted(RINGS, mappings());
  }

  /** How often the process has mapped the session's memory. */
  private static long mappings() {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      // A file that came over a kexec has lost its name: what is shared and in no folder is ours.
      long count =
          lines.filter(line -> line.contains(" rw-s ") && line.endsWith(" (deleted)")).count();
      require(count > 0 && count < RINGS / 10, "%d mappings", count);
      return count;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static void before() throws Exception {
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, SESSION, Guest.SESSIONS)) {
      Ioas ioas = session.ioas("rings");
      session.bind(DEVICE, ioas);
      List<String> addresses = new ArrayList<>();
      check("memory.one-piece", () -> allRings(ioas, addresses, true));
      Files.write(ADDRESSES, addresses);
      session.preserve();
      Guest.kexec();
    }
  }

  static void after() {
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, SESSION, Guest.SESSIONS)) {
      Ioas ioas = session.ioas("rings");
      check(
          "memory.restored",
          () -> {
            require(session.isRestored(), "started fresh: %s", session.report().reason());
            List<String> addresses = new ArrayList<>();
            String rings = allRings(ioas, addresses, false);
            require(addresses.equals(Files.readAllLines(ADDRESSES)), "other addresses");
            return rings;
          });
      check(
          "memory.more-after-the-kexec",
          () -> {
            long length = 2L << 20;
            DmaBuffer more = ioas.buffer("more", length, IN_ONE_PIECE.aligned(length));
            return "2 MiB at 0x" + Long.toHexString(more.physicalAddress(0));
          });
    }
  }
}
