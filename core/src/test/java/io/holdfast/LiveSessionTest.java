package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.journal.JournalReader;
import io.holdfast.linux.DeviceUnavailableException;
import io.holdfast.linux.KernelException;
import io.holdfast.linux.NotPreservableException;
import io.holdfast.model.ExtentList;
import io.holdfast.model.PciAddress;
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
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi;
import io.holdfast.uapi.LiveupdateUapi;
import io.holdfast.uapi.MemfdUapi;
import io.holdfast.uapi.VfioUapi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A driver's session on the simulated kernel, through live updates and what can go wrong in them.
 */
class LiveSessionTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  private static final long MIB = 1 << 20;

  @TempDir Path folder;
  private SimulatedKernel kernel;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void boot() {
    kernel = SimulatedKernel.create(folder.resolve("machine"), SimulatedMachine.standard());
  }

  @AfterEach
  void switchOff() throws Exception {
    for (AutoCloseable session : open.reversed()) {
      session.close();
    }
    kernel.close();
  }

  private LiveSession session(Syscalls syscalls) {
    LiveSession session =
        LiveSession.openOrRestore(Host.of(syscalls, "simulated"), "nic0", folder.resolve("state"));
    open.add(session);
    return session;
  }

  private LiveSession session() {
    return session(kernel.process());
  }

  /**
   * A kexec ends the session's process without a word. Closing the session here only drops the
   * journal's lock: what it still writes to its files is undone.
   */
  private void kexec(LiveSession session, KexecMode mode, SimulatedMachine next) {
    kernel.kexec(mode, next);
    Path state = folder.resolve("state/nic0");
    try {
      Map<Path, byte[]> asKilled = new HashMap<>();
      for (String name : List.of("journal", "manifest")) {
        asKilled.put(state.resolve(name), Files.readAllBytes(state.resolve(name)));
      }
      session.close();
      for (Map.Entry<Path, byte[]> file : asKilled.entrySet()) {
        Files.write(file.getKey(), file.getValue());
        Files.setPosixFilePermissions(file.getKey(), PosixFilePermissions.fromString("rw-------"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void kexec(LiveSession session) {
    kexec(session, KexecMode.FILE, kernel.machine());
  }

  private static void fill(DmaBuffer buffer, long salt) {
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += 8) {
      memory.set(ValueLayout.JAVA_LONG, offset, offset * 31 + salt);
    }
  }

  private static void checkFill(DmaBuffer buffer, long salt) {
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += 8) {
      if (memory.get(ValueLayout.JAVA_LONG, offset) != offset * 31 + salt) {
        throw new AssertionError("buffer " + buffer.name() + " differs at offset " + offset);
      }
    }
  }

  @Test
  void aFirstStartMakesEverythingNew() {
    LiveSession session = session();
    assertThat(session.report().outcome()).isEqualTo(Outcome.FIRST_START);
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", 2 * MIB);
    assertThat(tx.isRestored()).isFalse();
    assertThat(tx.extents().lengthBytes()).isEqualTo(2 * MIB);
    assertThat(tx.physicalAddress(4097)).isEqualTo(physicalAddress(tx.extents(), 4097));
    assertThat(device.isBusMaster()).isFalse();
    assertThat(rings.buffer("tx", 2 * MIB).extents()).isEqualTo(tx.extents());
  }

  private static long physicalAddress(ExtentList extents, long offset) {
    for (int i = 0; ; i++) {
      if (offset < extents.lengthBytes(i)) {
        return extents.physicalAddress(i) + offset;
      }
      offset -= extents.lengthBytes(i);
    }
  }

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
            Host.of(kernel.process(), "simulated"),
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

  private static int memfd(Syscalls process, int flags, long sizeBytes) {
    int fd = process.memfd_create("frames", flags);
    assertThat(process.ftruncate(fd, sizeBytes)).isZero();
    return fd;
  }

  @Test
  void filesThatWouldNotComeBackAreRefused() {
    Syscalls process = kernel.process();
    LiveSession session = session(process);
    assertThatThrownBy(
            () -> session.file("frames", () -> memfd(process, MemfdUapi.MFD_NOEXEC_SEAL, 4096)))
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("F_SEAL_EXEC");
    assertThatThrownBy(
            () -> session.file("frames", () -> memfd(process, MemfdUapi.MFD_HUGETLB, 2 * MIB)))
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("hugetlb");
    assertThat(session.state().files()).isEmpty();
  }

  @Test
  void anonymousMemoryIsRefusedUnlessDeclaredTransient() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(2 * 4096, 4096);
      LiveSession session = session();
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      rings.buffer("kept", 4096);
      DmaBuffer scratch = rings.mapAnonymous("scratch", memory, MapOptions.defaults());
      assertThatThrownBy(session::preserve)
          .isInstanceOf(NotPreservableException.class)
          .hasMessageContaining("\"scratch\"");
      assertThat(session.isPreserved()).isFalse();
      scratch.close();
      rings.mapAnonymous("scratch", memory, MapOptions.defaults().declaredTransient());
      PreserveReport report = session.preserve();
      assertThat(report.notices()).anyMatch(notice -> notice.contains("\"scratch\""));
      kexec(session);
      LiveSession restored = session();
      assertThat(restored.ioas("rings").buffers())
          .extracting(DmaBuffer::name)
          .containsExactly("kept");
    }
  }

  @Test
  void aSealedSessionTakesNoChangesUntilItIsCancelled() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    rings.buffer("tx", 4096);
    session.preserve();
    assertThatThrownBy(() -> rings.buffer("more", 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("cancelPreserve");
    session.cancelPreserve();
    rings.buffer("more", 4096);
    session.preserve();
    kexec(session);
    assertThat(session().ioas("rings").buffers()).hasSize(2);
  }

  @Test
  void aBufferNeedsADeviceFirst() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    assertThatThrownBy(() -> rings.buffer("tx", 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("bind a device");
  }

  @Test
  void whenTheLastDeviceGoesAddressesAreNotHandedOutAnyMore() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", 4096);
    device.close();
    assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(session::preserve)
        .isInstanceOf(NotPreservableException.class)
        .hasMessageContaining("no device attached");
    session.bind(EDU, rings);
    assertThat(tx.physicalAddress(0)).isEqualTo(tx.extents().physicalAddress(0));
    session.preserve();
  }

  @Test
  void whyItStartsFreshIsSaid() {
    LiveSession session = session();
    session.close();
    LiveSession second = session();
    assertThat(second.report().outcome()).isEqualTo(Outcome.PROCESS_RESTARTED);
    kernel.coldBoot();
    second.close();
    LiveSession third = session();
    assertThat(third.report().outcome()).isEqualTo(Outcome.COLD_BOOT);
    third.bind(EDU, third.ioas("rings"));
    third.ioas("rings").buffer("tx", 4096);
    third.preserve();
    kexec(third, KexecMode.LEGACY, kernel.machine());
    LiveSession fourth = session();
    assertThat(fourth.report().outcome()).isEqualTo(Outcome.PRESERVED_BUT_LOST);
    assertThat(fourth.report().reason()).contains("kexec without -s");
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
  void aDeviceBehindAnIommuIsRefused() {
    kernel.coldBoot(kernel.machine().withIommuPresent(true));
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    assertThatThrownBy(() -> session.bind(EDU, rings))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("IOMMU");
  }

  @Test
  void twoProcessesCannotHaveOneSession() {
    session();
    assertThatThrownBy(this::session).hasMessageContaining("being written by");
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
  void aNewBufferIsZeroedWhereAnotherWasBefore() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaBuffer before = rings.buffer("before", 2 * 4096);
    fill(before, 3);
    before.close();
    DmaBuffer after = rings.buffer("after", 2 * 4096);
    assertThat(after.extents()).isEqualTo(before.extents());
    assertThat(after.segment().mismatch(MemorySegment.ofArray(new byte[2 * 4096]))).isEqualTo(-1);
  }

  @Test
  void aNameDoesNotStandForOtherMemory() {
    Syscalls process = kernel.process();
    LiveSession session = session(process);
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    DmaFile frames = session.file("frames", () -> memfd(process, MemfdUapi.MFD_EXEC, 3 * 4096));
    rings.map("one", frames, 4096, 4096, MapOptions.defaults());
    assertThatThrownBy(() -> rings.buffer("one", 4096))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("is memfd \"frames\" at 4096, not memory of the session");
    assertThatThrownBy(() -> rings.map("one", frames, 0, 4096, MapOptions.defaults()))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("at 4096, not memfd \"frames\" at 0");
  }

  @Test
  void aDeviceThatCouldNotBeBoundAgainLeavesBuffersWithoutAddresses() {
    boolean[] broken = {false};
    LiveSession session = session(refusing(IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA, broken));
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(EDU, rings);
    DmaBuffer tx = rings.buffer("tx", 4096);
    device.close();
    broken[0] = true;
    assertThatThrownBy(() -> session.bind(EDU, rings)).isInstanceOf(KernelException.class);
    assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
    assertThat(session.state().devices()).isEmpty();
    assertThat(JournalReader.read(folder.resolve("state/nic0/journal")).state().devices())
        .isEmpty();
  }

  /** A kernel that refuses a request as long as it is told to. */
  private Syscalls refusing(long refused, boolean[] broken) {
    return new ForwardingSyscalls(kernel.process()) {
      @Override
      public int ioctl(int fd, long request, MemorySegment argument) {
        return broken[0] && request == refused ? -Errno.ENOMEM : super.ioctl(fd, request, argument);
      }
    };
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
        .hasMessageContaining("cannot be pinned (VFIO_DEVICE_BIND_IOMMUFD failed with ENOMEM");
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
