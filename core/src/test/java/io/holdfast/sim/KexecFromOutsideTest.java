package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A kexec done by another process: it kills the machine's owner, and carries over what its open
 * sessions preserve.
 */
class KexecFromOutsideTest {
  @TempDir Path folder;

  private Process owner(String ending) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            KilledOwner.class.getName(),
            folder.toString(),
            ending)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String line(Process process) throws IOException {
    BufferedReader output = process.inputReader(StandardCharsets.US_ASCII);
    return output.readLine();
  }

  @Test
  void killsTheOwnerAndCarriesItsMemoryOver() throws Exception {
    Process owner = owner("waits");
    String before = line(owner);
    assertThat(before).isNotNull();
    assertThatThrownBy(() -> SimulatedKernel.open(folder))
        .isInstanceOf(SimulatedKernelException.class)
        .hasMessageContaining("in use by process " + owner.pid());

    KexecReport report = SimulatedKernel.kexec(folder, KexecMode.FILE);
    assertThat(report.killedPid()).hasValue(owner.pid());
    assertThat(report.sessionsCarried()).containsExactly(KilledOwner.SESSION);
    assertThat(owner.isAlive()).isFalse();

    try (SimulatedKernel machine = SimulatedKernel.open(folder)) {
      assertThat(machine.generation()).isEqualTo(2);
      assertThat(machine.bootId()).isEqualTo(report.bootId());
      KernelCalls calls = new KernelCalls(machine.process());
      int liveupdate = calls.kernel().open("/dev/liveupdate", FcntlUapi.O_RDWR, 0);
      int memfd = calls.retrieve(calls.retrieveSession(liveupdate, KilledOwner.SESSION), 1);
      int iommufd = calls.kernel().open("/dev/iommu", FcntlUapi.O_RDWR, 0);
      DriverCalls driver = new DriverCalls(calls, iommufd);
      assertThat(driver.command()).isEqualTo(0x103);
      assertThat(
              calls.mapFile(
                  iommufd,
                  driver.ioas(),
                  memfd,
                  0,
                  KilledOwner.BYTES,
                  KilledOwner.IOVA,
                  KernelCalls.READ_WRITE_FIXED))
          .isZero();
      assertThat(calls.getPa(iommufd, driver.ioas(), KilledOwner.IOVA, KilledOwner.BYTES)).isZero();
      assertThat(calls.physicalAddress + " " + calls.length).isEqualTo(before);
      assertThat(
              calls
                  .mapMemory(memfd, KilledOwner.BYTES)
                  .get(ValueLayout.JAVA_LONG, KilledOwner.BYTES - 8))
          .isEqualTo(4711);
    }
  }

  @Test
  void carriesNothingOverOfAnOwnerThatDiedBefore() throws Exception {
    Process owner = owner("dies");
    assertThat(line(owner)).isNotNull();
    owner.waitFor();
    KexecReport report = SimulatedKernel.kexec(folder, KexecMode.FILE);
    assertThat(report.killedPid()).isEmpty();
    assertThat(report.sessionsCarried()).isEmpty();
    assertThat(report.sessionsLost()).containsExactly(KilledOwner.SESSION);
  }

  @Test
  void theOwnersDeathEndsItsSessionsInTheSameBoot() throws Exception {
    Process owner = owner("dies");
    assertThat(line(owner)).isNotNull();
    owner.waitFor();
    try (SimulatedKernel machine = SimulatedKernel.open(folder)) {
      assertThat(machine.generation()).isEqualTo(1);
      KernelCalls calls = new KernelCalls(machine.process());
      int liveupdate = calls.kernel().open("/dev/liveupdate", FcntlUapi.O_RDWR, 0);
      assertThat(calls.retrieveSession(liveupdate, KilledOwner.SESSION)).isEqualTo(-Errno.ENOENT);
      assertThat(calls.createSession(liveupdate, KilledOwner.SESSION)).isPositive();
    }
  }

  @Test
  void oneProcessDoesItOnTheMachineItself() {
    try (SimulatedKernel machine = SimulatedKernel.create(folder, SimulatedMachine.standard())) {
      assertThatThrownBy(() -> SimulatedKernel.kexec(folder, KexecMode.FILE))
          .isInstanceOf(IllegalStateException.class);
      assertThat(machine.kexec(KexecMode.FILE).generation()).isEqualTo(2);
    }
  }
}
