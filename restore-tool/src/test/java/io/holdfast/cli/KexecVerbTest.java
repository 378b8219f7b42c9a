package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tool looks at before it replaces the kernel, on a simulated machine. */
final class KexecVerbTest {
  private static final String GOOD = "kho=on liveupdate=on vfio.enable_unsafe_noiommu_mode=1";

  @TempDir private Path directory;
  private Path machine;
  private Path state;

  @BeforeEach
  void makeMachine() {
    machine = directory.resolve("machine");
    state = directory.resolve("state");
    SimulatedHost.open(machine).close();
  }

  private Run holdfast(String... arguments) {
    String[] host = {"--host", "sim:" + machine, "--state", state.toString()};
    return Run.of(Stream.of(host, arguments).flatMap(Arrays::stream).toArray(String[]::new));
  }

  private void recordSession() {
    try (SimulatedHost host = SimulatedHost.open(machine);
        LiveSession session = LiveSession.openOrRestore(host, "nic0", state)) {
      Ioas rings = session.ioas("rings");
      session.bind(SimulatedMachine.EDU_ADDRESS, rings);
      rings.buffer("ring", 8192);
    }
  }

  @Test
  void showsWhatItWouldDoAndDoesNothing() {
    Run run = holdfast("kexec", "--dry-run");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("Kernel: /boot/vmlinuz-", "Initial RAM disk: /boot/initrd.img-", GOOD)
        .contains("Nothing speaks against it.");
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      assertThat(host.kernel().generation()).isEqualTo(1);
    }
  }

  @Test
  void replacesTheKernel() {
    Run run = holdfast("kexec", "--now", "--cmdline", "quiet vfio.enable_unsafe_noiommu_mode=1");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      assertThat(host.kernel().generation()).isEqualTo(2);
      assertThat(host.kernel().machine().commandLine())
          .isEqualTo("quiet vfio.enable_unsafe_noiommu_mode=1 kho=on liveupdate=on");
    }
  }

  @Test
  void refusesAKernelThatWouldTakeNothingOver() {
    for (String[] wrong :
        List.of(
            new String[] {"--cmdline", "kho=off"},
            new String[] {"--cmdline", "liveupdate=0"},
            new String[] {"--kernel", "/proc/version"},
            new String[] {"--kernel", "/boot/none"})) {
      Run run = holdfast("kexec", "--now", wrong[0], wrong[1]);
      assertThat(run.code()).as(wrong[1]).isEqualTo(ExitCode.HOST_NOT_ABLE.code());
    }
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      assertThat(host.kernel().generation()).isEqualTo(1);
    }
  }

  @Test
  void refusesWhileASessionIsNotSealedAndNamesIt() {
    recordSession();
    Run run = holdfast("kexec", "--now");
    assertThat(run.code()).isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
    assertThat(run.out()).contains("session \"nic0\" is not sealed", "Would be lost: nic0.");
    Run doctor = holdfast("doctor", "--before-kexec");
    assertThat(doctor.code()).isEqualTo(ExitCode.HOST_NOT_ABLE.code());
    assertThat(doctor.out()).contains("session \"nic0\" is not sealed");
    assertThat(holdfast("kexec", "--now", "--force", "--json").out())
        .contains("\"lost\" : [\n    \"nic0\"\n  ]", "\"goesOn\" : true");
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      assertThat(host.kernel().generation()).isEqualTo(2);
    }
  }

  @Test
  void aRefusalOfAnyCallIsOneDocument() {
    for (String call : List.of("kexec_file_load", "reboot")) {
      Run run =
          Run.of(
              name -> SimulatedHost.open(machine).fail(call, 1, Errno.EPERM),
              "kexec",
              "--now",
              "--json",
              "--state=" + state);
      assertThat(run.code()).as(call).isEqualTo(ExitCode.KERNEL_REFUSED.code());
      assertThat(run.err()).as(call).hasLineCount(1);
      assertThat(run.out()).as(call).containsOnlyOnce("\"schema\"");
    }
  }

  @Test
  void doesNotStartAKernelWhereNobodyStopsTheHost() {
    Run run = holdfast("kexec");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(run.err()).contains("say --now");
  }

  @Test
  void judgesAProcessByItsUnit() {
    assertThat(Survival.isSpared(List.of("SurviveFinalKillSignal=yes", "DefaultDependencies=no")))
        .isTrue();
    assertThat(Survival.isSpared(List.of("SurviveFinalKillSignal=yes", "DefaultDependencies=yes")))
        .isFalse();
  }

  @Test
  void printsTheOptionsOfAKernelReadyToMerge() {
    assertThat(holdfast("doctor", "--kernel-config").out()).isEmpty();
    Run own = Run.of("doctor", "--kernel-config");
    assertThat(own.code()).isZero();
    assertThat(own.out()).containsPattern("(?m)^CONFIG_[A-Z_]+=y$");
  }
}
