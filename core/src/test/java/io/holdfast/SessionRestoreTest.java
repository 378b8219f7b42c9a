package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.ExtentList;
import io.holdfast.model.KernelException;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.PreserveReport;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.Stage;
import io.holdfast.sim.Credentials;
import io.holdfast.sim.KexecMode;
import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.VfioUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What comes back over a kexec, what does not, and what is said of it. */
class SessionRestoreTest extends SessionFixture {
  @Test
  void everythingIsWhereItWasAfterOneKexecAndAfterFive() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaBuffer small = rings.buffer("small", 100);
    DmaBuffer tx = rings.buffer("tx", 2 * MIB);
    fill(small, 1);
    fill(tx, 2);
    ExtentList smallExtents = small.extents();
    ExtentList txExtents = tx.extents();

    for (int generation = 1; generation <= 5; generation++) {
      PreserveReport sealed = session.preserve(PreserveOptions.defaults().withChecksums());
      assertThat(sealed.sealed().files()).allMatch(file -> file.crc32c().isPresent());
      kexec(session);

      session = session();
      assertThat(session.report().outcome()).isEqualTo(Outcome.RESTORED);
      assertThat(session.state().generation()).isEqualTo(generation);
      assertThat(session.state().bootChain()).hasSize(generation + 1);
      rings = session.ioas("rings");
      assertThat(session.bind(EDU, rings).isBusMaster()).isFalse();
      small = rings.buffer("small", 100);
      tx = rings.buffer("tx", 2 * MIB);
      assertThat(small.isRestored()).isTrue();
      assertThat(small.extents()).isEqualTo(smallExtents);
      assertThat(tx.extents()).isEqualTo(txExtents);
      checkFill(small, 1);
      checkFill(tx, 2);
      DmaBuffer later = rings.buffer("later-" + generation, 3 * 4096);
      fill(later, generation);
    }
    assertThat(rings.buffers()).hasSize(7);
    checkFill(rings.find("later-1").orElseThrow(), 1);
    assertThat(kernel.violations()).isEmpty();
  }

  @Test
  void aListenerHearsEveryStage() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 4096);
    session.preserve();
    kexec(session);
    Set<Stage> heard = EnumSet.noneOf(Stage.class);
    open.add(
        LiveSession.openOrRestore(
            new SyscallsHost(kernel.process(), Disk.local(), "simulated"),
            "nic0",
            folder.resolve("state"),
            SessionOptions.defaults()
                .withListener((stage, item, done, total) -> heard.add(stage))));
    assertThat(heard).containsExactlyInAnyOrder(Stage.values());
  }

  @Test
  void aCallersMemfdIsMappedTwiceAndComesBackTwice() {
    Syscalls process = kernel.process();
    LiveSession session = session(process);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaFile frames = session.file("frames", () -> memfd(process, MemfdUapi.MFD_EXEC, 5 * 4096));
    DmaBuffer one = rings.map("one", frames, 0, 5 * 4096, MapOptions.defaults().at(0x4000_0000L));
    DmaBuffer two =
        rings.map(
            "two",
            frames,
            4096,
            2 * 4096,
            MapOptions.defaults().at(0x8000_0000L).readOnlyForDevice());
    assertThat(two.physicalAddress(0)).isEqualTo(one.physicalAddress(4096));
    fill(one, 7);
    ExtentList oneExtents = one.extents();
    session.preserve();
    kexec(session);

    LiveSession restored = session();
    DmaFile back =
        restored.file(
            "frames",
            () -> {
              throw new AssertionError("the supplier was asked for a file that is restored");
            });
    assertThat(back.sizeBytes()).isEqualTo(5 * 4096);
    Ioas again = restored.ioas("rings");
    DmaBuffer oneAgain = again.map("one", back, 0, 5 * 4096, MapOptions.defaults());
    assertThat(oneAgain.extents()).isEqualTo(oneExtents);
    assertThat(again.find("two").orElseThrow().iova().start()).isEqualTo(0x8000_0000L);
    checkFill(oneAgain, 7);
  }

  @Test
  void aDeviceThatIsGoneFailsTheRestoreAndNothingIsHandedOut() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 4096);
    session.preserve();
    kexec(session, KexecMode.FILE, kernel.machine().withoutDevice(EDU));
    assertThatThrownBy(this::session)
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("is not there");
  }

  @Test
  void whatCannotWorkIsRefusedWhileTheSessionIsSafeInTheKernel() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    DmaBuffer tx = session.ioas("rings").buffer("tx", 4096);
    fill(tx, 9);
    session.preserve();
    kexec(session);
    Syscalls weak = kernel.process(Credentials.root().without(Credentials.CAP_SYS_RAWIO));
    assertThatThrownBy(() -> session(weak))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("CAP_SYS_RAWIO")
        .hasMessageContaining("was not taken from the kernel");
    weak.close();
    LiveSession restored = session();
    assertThat(restored.isRestored()).isTrue();
    checkFill(restored.ioas("rings").find("tx").orElseThrow(), 9);
  }

  @Test
  void anOptionalDeviceIsLeftOut() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"), Policy.OPTIONAL);
    session.ioas("rings").buffer("tx", 4096, MapOptions.defaults().optional());
    session.preserve();
    kexec(session, KexecMode.FILE, kernel.machine().withoutDevice(EDU));
    LiveSession restored = session();
    assertThat(restored.isRestored()).isTrue();
    assertThat(restored.report().devices().getFirst().verdict()).isEqualTo(Verdict.SKIPPED);
    assertThat(restored.ioas("rings").buffers()).isEmpty();
  }

  @Test
  void aFailedRestoreCanBeTriedAgain() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    DmaBuffer tx = session.ioas("rings").buffer("tx", 3 * 4096);
    fill(tx, 5);
    session.preserve();
    kexec(session);

    boolean[] busy = {true};
    Syscalls flaky =
        new ForwardingSyscalls(kernel.process()) {
          @Override
          public int ioctl(int fd, long request, MemorySegment argument) {
            return busy[0] && request == VfioUapi.VFIO_DEVICE_BIND_IOMMUFD
                ? -Errno.EBUSY
                : super.ioctl(fd, request, argument);
          }
        };
    assertThatThrownBy(() -> session(flaky))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("VFIO_DEVICE_BIND_IOMMUFD")
        .hasMessageContaining("another process has the device");
    busy[0] = false;
    LiveSession restored = session(flaky);
    assertThat(restored.isRestored()).isTrue();
    checkFill(restored.ioas("rings").find("tx").orElseThrow(), 5);
  }

  @Test
  void pagesThatMovedBeforeTheyWerePinnedAreNoticed() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 8 * 4096);
    session.preserve();
    kexec(session);
    Syscalls migrating =
        new ForwardingSyscalls(kernel.process()) {
          @Override
          public int ioctl(int fd, long request, MemorySegment argument) {
            if (request == IommufdUapi.IOMMU_IOAS_MAP_FILE) {
              kernel.migratePages();
            }
            return super.ioctl(fd, request, argument);
          }
        };
    assertThatThrownBy(() -> session(migrating))
        .isInstanceOfSatisfying(
            RestoreException.class,
            e -> {
              assertThat(e)
                  .hasMessageContaining("\"tx\"")
                  .hasMessageContaining("is not where it was");
              assertThat(e.report().buffers().getFirst().verdict()).isEqualTo(Verdict.MOVED);
            });
  }

  @Test
  void bytesWrittenAfterAChecksummedSealAreNoticed() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    DmaBuffer tx = session.ioas("rings").buffer("tx", 4096);
    session.preserve(PreserveOptions.defaults().withChecksums());
    tx.segment().set(ValueLayout.JAVA_BYTE, 17, (byte) 1);
    kexec(session);
    assertThatThrownBy(this::session)
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("CRC-32C");
  }

  @Test
  void aChecksumIsNotSealedAgainOverOtherBytes() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 4096);
    session.preserve(PreserveOptions.defaults().withChecksums());
    kexec(session);

    session = session();
    session.ioas("rings").buffer("tx", 4096).segment().set(ValueLayout.JAVA_BYTE, 17, (byte) 1);
    PreserveReport sealed = session.preserve();
    assertThat(sealed.sealed().files()).allMatch(file -> file.crc32c().isEmpty());
    kexec(session);
    assertThat(session().isRestored()).isTrue();
  }

  @Test
  void withoutRawioNothingIsHandedOut() {
    Syscalls weak = kernel.process(Credentials.root().without(Credentials.CAP_SYS_RAWIO));
    LiveSession session = session(weak);
    Ioas rings = session.ioas("rings");
    assertThatThrownBy(() -> session.bind(EDU, rings))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("CAP_SYS_RAWIO");
  }

  @Test
  void aRestoredBufferMustBeAskedForAsItWasMade() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", 2 * 4096);
    session.preserve();
    kexec(session);
    LiveSession restored = session();
    Ioas rings = restored.ioas("rings");
    assertThatThrownBy(() -> rings.buffer("tx", 3 * 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("has 8192 bytes, not 12288");
  }

  @Test
  void aDriversFileIsNotLostSilentlyBecauseNothingIsMappedFromIt() {
    Syscalls process = kernel.process();
    LiveSession session = session(process);
    session.file("frames", () -> memfd(process, MemfdUapi.MFD_EXEC, 4096));
    session.preserve();
    kexec(session);
    boolean[] broken = {true};
    Syscalls flaky =
        new ForwardingSyscalls(kernel.process()) {
          private int retrieved;

          @Override
          public int ioctl(int fd, long request, MemorySegment argument) {
            // The manifest comes first.
            return request == LiveupdateUapi.LIVEUPDATE_SESSION_RETRIEVE_FD
                    && broken[0]
                    && ++retrieved > 1
                ? -Errno.EMFILE
                : super.ioctl(fd, request, argument);
          }
        };
    assertThatThrownBy(() -> session(flaky))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("EMFILE");
    broken[0] = false;
    assertThat(session(flaky).state().files()).hasSize(1);
  }

  @Test
  void aBufferThatLacksItsOptionalDeviceSaysWhyTheDeviceIsMissing() {
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"), Policy.OPTIONAL);
    session.ioas("rings").buffer("tx", 4096);
    session.preserve();
    kexec(session);
    boolean[] broken = {true};
    assertThatThrownBy(() -> session(refusing(VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, broken)))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining(
            "cannot be pinned (device 0000:00:04.0: VFIO_DEVICE_BIND_IOMMUFD failed with ENOMEM");
  }

  @Test
  void aDeviceThatCannotBeLookedAtIsNotSaidToBeAbsent() {
    Syscalls blind =
        new ForwardingSyscalls(kernel.process()) {
          @Override
          public int statx(int dirfd, String path, int flags, int mask, MemorySegment statx) {
            return path.startsWith("/sys/bus/pci")
                ? -Errno.EACCES
                : super.statx(dirfd, path, flags, mask, statx);
          }
        };
    LiveSession session = session(blind);
    Ioas rings = session.ioas("rings");
    assertThatThrownBy(() -> session.bind(EDU, rings))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("EACCES");
  }
}
