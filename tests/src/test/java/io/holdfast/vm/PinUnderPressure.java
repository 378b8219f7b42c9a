package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DmaBuffer;
import io.holdfast.Host;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.disk.Disk;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreException;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.LiveupdateUapi;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How long a retrieved file can be moved before it is pinned, and whether any is, while another
 * process takes memory and has it compacted.
 */
final class PinUnderPressure {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");
  private static final String SESSION = "pressed";
  private static final int FILES = 16;
  private static final long FILE_BYTES = 4 << 20;

  private PinUnderPressure() {}

  /** Preserves files of thousands of extents. */
  static void before() throws Exception {
    try (Host host = Host.local();
        LiveSession session = LiveSession.openOrRestore(host, SESSION, Guest.SESSIONS)) {
      Ioas ioas = session.ioas("rings");
      session.bind(DEVICE, ioas);
      for (int i = 0; i < FILES; i++) {
        String name = "file" + i;
        ioas.map(
            name,
            session.file(name, () -> Guest.scatteredMemfd(host, name, FILE_BYTES)),
            0,
            FILE_BYTES,
            MapOptions.defaults());
      }
      session.preserve();
      Guest.kexec();
    }
  }

  /** Restores them, and tells what was measured. */
  static void after() {
    Times times = new Times(NativeSyscalls.open());
    check(
        "pressure.retrieve-to-pin",
        () -> {
          long[] before = kernelCounts();
          String moved;
          try (Host host = new SyscallsHost(times, Disk.local(), "a host with a clock");
              LiveSession session = LiveSession.openOrRestore(host, SESSION, Guest.SESSIONS)) {
            require(session.isRestored(), "started fresh: %s", session.report().reason());
            int extents = 0;
            for (DmaBuffer buffer : session.ioas("rings").buffers()) {
              extents += buffer.extents().size();
            }
            moved = "no page of %d extents moved".formatted(extents);
          } catch (RestoreException refused) {
            moved = "refused, since pages moved: " + refused.problem();
          }
          long[] now = kernelCounts();
          require(times.micros.size() > 0, "no file was retrieved and mapped");
          return "%s; %s; meanwhile the kernel migrated %d pages and swapped %d out"
              .formatted(moved, times.summary(), now[0] - before[0], now[1] - before[1]);
        });
  }

  /** Pages migrated and swapped out since the kernel began. */
  private static long[] kernelCounts() throws IOException {
    long[] counts = new long[2];
    for (String line : Files.readAllLines(Path.of("/proc/vmstat"))) {
      String[] parts = line.split(" ", 2);
      switch (parts[0]) {
        case "pgmigrate_success" -> counts[0] = Long.parseLong(parts[1]);
        case "pswpout" -> counts[1] = Long.parseLong(parts[1]);
        default -> {}
      }
    }
    return counts;
  }

  /** Notes how long after its retrieve a file is mapped, and so pinned. */
  private static final class Times extends ForwardingSyscalls {
    private final List<Long> micros = new ArrayList<>();
    private long retrieved;

    Times(Syscalls delegate) {
      super(delegate);
    }

    @Override
    public int ioctl(int fd, long request, MemorySegment argument) {
      int answer = super.ioctl(fd, request, argument);
      if (request == LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD) {
        retrieved = System.nanoTime();
      } else if (request == IommufdUapi.IOMMU_IOAS_MAP_FILE) {
        micros.add((System.nanoTime() - retrieved) / 1_000);
      }
      return answer;
    }

    String summary() {
      List<Long> sorted = micros.stream().sorted().toList();
      return "%d files of %d MiB were mapped %d us (median) and at most %d us after their retrieve"
          .formatted(
              sorted.size(), FILE_BYTES >> 20, sorted.get(sorted.size() / 2), sorted.getLast());
    }
  }
}
