package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.MmanUapi;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The restore tool restores, becomes the driver, and the driver takes over what it inherits. */
class TakeoverTest extends TakeoverFixture {
  @Test
  void theDriverHasEverythingAndPassesOnNothing() {
    preserved();
    LiveSession session = takeOver(driver(), "nic0", handedOver());
    checkContent(session);
    assertThat(session.report().buffers()).allMatch(each -> each.verdict() == Verdict.SAME);
    assertThat(process.passesOnNothing()).isTrue();
    session.preserve();
    session.cancelPreserve();
  }

  @Test
  void memoryIsLeftOutOfCoreDumpsOnRequest() {
    int[] advised = {0};
    Syscalls counting =
        new ForwardingSyscalls(kernel.process()) {
          @Override
          public int madvise(long address, long length, int advice) {
            advised[0] += advice == MmanUapi.MADV_DONTDUMP ? 1 : 0;
            return super.madvise(address, length, advice);
          }
        };
    Host host = new SyscallsHost(counting, Disk.local(), "counting");
    for (boolean requested : new boolean[] {false, true}) {
      SessionOptions options = SessionOptions.defaults();
      try (LiveSession session =
          LiveSession.openOrRestore(
              host,
              "dump-" + requested,
              folder.resolve("state"),
              requested ? options.withMemoryLeftOutOfCoreDumps() : options)) {
        session.bind(EDU, session.ioas("rings"));
        fill(session.ioas("rings").buffer("ring", 4096), 1);
      }
      assertThat(advised[0] > 0).as("requested").isEqualTo(requested);
    }
  }

  @Test
  void anOptionalBufferThatTheToolCouldNotMapIsMissedByTheDriverToo() {
    preserved();
    int[] mapped = {0};
    ExecutingProcess refusing =
        new ExecutingProcess(kernel.process()) {
          @Override
          public int ioctl(int fd, long request, MemorySegment argument) {
            boolean second = request == IommufdUapi.IOMMU_IOAS_MAP_FILE && ++mapped[0] == 2;
            return second ? -Errno.ENOMEM : super.ioctl(fd, request, argument);
          }
        };
    process = refusing;
    LiveSession session = takeOver(driver(), "nic0", handedOver());
    checkContent(session);
    assertThat(session.report().buffers())
        .filteredOn(each -> each.name().equals("spare"))
        .allMatch(each -> each.verdict() == Verdict.LOST);
  }

  @Test
  void filesAreFoundByTheirWholeNames() {
    Syscalls driver = kernel.process();
    LiveSession session = session(driver);
    session.bind(EDU, session.ioas("rings"));
    for (int i = 0; i < 12; i++) {
      DmaFile file = session.file("f" + i, () -> memfd(driver, MemfdUapi.MFD_EXEC, 4096));
      fill(session.ioas("rings").map("f" + i, file, 0, 4096, MapOptions.defaults()), i);
    }
    session.preserve();
    kexec(session);
    process = new ExecutingProcess(kernel.process());
    LiveSession restored = takeOver(driver(), "nic0", handedOver());
    for (int i = 0; i < 12; i++) {
      checkFill(restored.ioas("rings").find("f" + i).orElseThrow(), i);
    }
  }

  @Test
  void optionalDevicesThatTheToolSkippedAreSkippedAgain() {
    LiveSession session = session(kernel.process());
    session.bind(EDU, session.ioas("rings"), Policy.OPTIONAL);
    session.ioas("rings").buffer("tx", 4096, MapOptions.defaults().optional());
    session.preserve();
    kexec(session, KexecMode.FILE, SimulatedMachine.standard().withoutDevice(EDU));
    process = new ExecutingProcess(kernel.process());
    LiveSession restored = takeOver(driver(), "nic0", handedOver());
    assertThat(restored.report().devices()).allMatch(each -> each.verdict() == Verdict.SKIPPED);
  }
}
