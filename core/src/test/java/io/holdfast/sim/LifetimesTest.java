package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What survives a kexec and what does not, where the machine has to be told what happens; what
 * programs see by themselves is in {@code differential.Lifetimes}.
 */
class LifetimesTest {
  private static final int PAGE = 4096;

  @TempDir Path folder;
  private SimulatedKernel machine;
  private SimulatedProcess process;
  private KernelCalls calls;

  @BeforeEach
  void start() {
    machine = SimulatedKernel.create(folder, SimulatedMachine.standard());
    fresh();
  }

  @AfterEach
  void end() {
    machine.close();
  }

  private void fresh() {
    process = machine.process();
    calls = new KernelCalls(process);
  }

  private int liveupdate() {
    int fd = process.open("/dev/liveupdate", FcntlUapi.O_RDWR, 0);
    assertThat(fd).isPositive();
    return fd;
  }

  private int memfd(long bytes, int first) {
    int fd = calls.memfd(MemfdUapi.MFD_EXEC, bytes);
    MemorySegment value = calls.memory(4);
    value.set(ValueLayout.JAVA_INT, 0, first);
    assertThat(process.pwrite(fd, value, 0)).isEqualTo(4);
    return fd;
  }

  private int firstInt(int fd) {
    MemorySegment value = calls.memory(4);
    assertThat(process.pread(fd, value, 0)).isEqualTo(4);
    return value.get(ValueLayout.JAVA_INT, 0);
  }

  private static void refused(int errno, int answer) {
    assertThat(answer < 0 ? Errno.name(-answer) : "ok").isEqualTo(Errno.name(errno));
  }

  /**
   * Preserves files under tokens 1, 2, …, in a session whose descriptor stays open, and closes the
   * device.
   */
  private int preserve(String name, int... files) {
    int liveupdate = liveupdate();
    int session = calls.createSession(liveupdate, name);
    assertThat(session).isPositive();
    for (int i = 0; i < files.length; i++) {
      assertThat(calls.preserve(session, files[i], i + 1)).isZero();
    }
    process.close(liveupdate);
    return session;
  }

  private int retrieveSession(String name) {
    int liveupdate = liveupdate();
    int session = calls.retrieveSession(liveupdate, name);
    process.close(liveupdate);
    return session;
  }

  @Test
  void aSessionLivesWithItsHolderNotItsCreator() {
    int session = preserve("held", memfd(PAGE, 42));
    SimulatedProcess holder = machine.process();
    KernelCalls holderCalls = new KernelCalls(holder);
    int held = process.sendDescriptor(session, holder);
    process.close();
    refused(Errno.ESRCH, process.close(session));
    assertThat(holderCalls.preserve(held, holderCalls.memfd(MemfdUapi.MFD_EXEC, PAGE), 2)).isZero();
    machine.kexec(KexecMode.FILE);
    fresh();
    int back = retrieveSession("held");
    assertThat(firstInt(calls.retrieve(back, 1))).isEqualTo(42);
    assertThat(calls.retrieve(back, 2)).isPositive();
  }

  @Test
  void theDeathOfTheHolderGivesUpWhatItHeld() {
    long free = machine.freeMemoryBytes();
    preserve("dies", memfd(16 * PAGE, 1));
    process.close();
    assertThat(machine.freeMemoryBytes()).isEqualTo(free);
    fresh();
    int session = calls.createSession(liveupdate(), "dies");
    assertThat(session).isPositive();
    process.close(session);
    machine.kexec(KexecMode.FILE);
    fresh();
    refused(Errno.ENOENT, retrieveSession("dies"));
  }

  @Test
  void kexecLoadLosesEverything() {
    preserve("lost", memfd(PAGE, 1));
    KexecReport report = machine.kexec(KexecMode.LEGACY);
    assertThat(report.sessionsCarried()).isEmpty();
    assertThat(report.sessionsLost()).containsExactly("lost");
    fresh();
    refused(Errno.ENOENT, retrieveSession("lost"));
  }

  @Test
  void aKernelWithoutKhoHasNoLiveUpdate() {
    preserve("lost", memfd(PAGE, 1));
    machine.kexec(KexecMode.FILE, machine.machine().withCommandLine("quiet liveupdate=on"));
    fresh();
    refused(Errno.ENOENT, process.open("/dev/liveupdate", FcntlUapi.O_RDWR, 0));
    machine.coldBoot(SimulatedMachine.standard());
    fresh();
    refused(Errno.ENOENT, retrieveSession("lost"));
  }

  @Test
  void aMemoryCgroupTooSmallDestroysTheFileAndKillsTheRetriever() {
    preserve("cgroup", memfd(64 << 20, 9), memfd(PAGE, 2));
    machine.kexec(KexecMode.FILE);
    fresh();
    int session = retrieveSession("cgroup");
    SimulatedProcess small = machine.process(Credentials.root().withMemoryCgroupMaxBytes(16 << 20));
    int sent = process.sendDescriptor(session, small);
    assertThatThrownBy(() -> new KernelCalls(small).retrieve(sent, 1))
        .isInstanceOf(ProcessKilled.class);
    assertThat(small.isDead()).isTrue();
    refused(Errno.ENOMEM, calls.retrieve(session, 1));
    assertThat(firstInt(calls.retrieve(session, 2))).isEqualTo(2);
    assertThat(calls.finish(session)).isZero();
  }

  @Test
  void aRetrieveThatFailedOnceFailsForGood() {
    preserve("once", memfd(PAGE, 1));
    machine.kexec(KexecMode.FILE);
    fresh();
    int session = retrieveSession("once");
    machine.failNextRetrieve(Errno.ENOMEM);
    refused(Errno.ENOMEM, calls.retrieve(session, 1));
    refused(Errno.ENOMEM, calls.retrieve(session, 1));
  }

  @Test
  void aSessionNotRetrievedIsGoneAfterTheNextKexec() {
    preserve("late", memfd(PAGE, 1));
    machine.kexec(KexecMode.FILE);
    KexecReport report = machine.kexec(KexecMode.FILE);
    assertThat(report.sessionsLost()).containsExactly("late");
    fresh();
    refused(Errno.ENOENT, retrieveSession("late"));
  }

  @Test
  void freedFramesGoToSomebodyElse() {
    int memfd = memfd(32 << 20, 1);
    int iommufd = process.open("/dev/iommu", FcntlUapi.O_RDWR, 0);
    DriverCalls driver = new DriverCalls(calls, iommufd);
    assertThat(
            calls.mapFile(
                iommufd, driver.ioas(), memfd, 0, 32 << 20, 1L << 32, KernelCalls.READ_WRITE_FIXED))
        .isZero();
    int foreign = 0;
    long[] before = new long[64];
    for (int i = 0; i < before.length; i++) {
      assertThat(calls.getPa(iommufd, driver.ioas(), (1L << 32) + i * 0x8_0000L, PAGE)).isZero();
      before[i] = calls.physicalAddress;
    }
    machine.kexec(KexecMode.FILE);
    for (long pa : before) {
      foreign += machine.frameOwner(pa).equals("another program's") ? 1 : 0;
    }
    assertThat(foreign).isBetween(32, 63);
  }

  @Test
  void theSameSeedGivesTheSameMachine() throws Exception {
    long[] first = addresses(folder.resolve("a"), 7);
    assertThat(addresses(folder.resolve("b"), 7)).isEqualTo(first);
    assertThat(addresses(folder.resolve("c"), 8)).isNotEqualTo(first);
  }

  private static long[] addresses(Path folder, long seed) {
    try (SimulatedKernel other =
        SimulatedKernel.create(folder, SimulatedMachine.standard().withSeed(seed))) {
      KernelCalls on = new KernelCalls(other.process());
      int iommufd = on.kernel().open("/dev/iommu", FcntlUapi.O_RDWR, 0);
      DriverCalls driver = new DriverCalls(on, iommufd);
      int memfd = on.memfd(MemfdUapi.MFD_EXEC, 64 * PAGE);
      on.mapFile(iommufd, driver.ioas(), memfd, 0, 64 * PAGE, 0x1000, KernelCalls.READ_WRITE_FIXED);
      long[] addresses = new long[64];
      for (int page = 0; page < 64; page++) {
        assertThat(on.getPa(iommufd, driver.ioas(), 0x1000 + (long) page * PAGE, PAGE)).isZero();
        addresses[page] = on.physicalAddress;
      }
      return addresses;
    }
  }

  @Test
  void unpinnedPagesMayMove() {
    preserve("moves", memfd(16 * PAGE, 5));
    assertThat(machine.migratePages()).isZero();
    machine.kexec(KexecMode.FILE);
    assertThat(machine.migratePages()).isZero();
    fresh();
    int session = retrieveSession("moves");
    int memfd = calls.retrieve(session, 1);
    assertThat(machine.migratePages()).isEqualTo(16);
    assertThat(firstInt(memfd)).isEqualTo(5);
  }
}
