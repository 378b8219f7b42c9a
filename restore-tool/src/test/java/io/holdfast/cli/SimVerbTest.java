package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.LiveSession;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SimVerbTest {
  @TempDir private Path folder;

  private Run sim(String action, String... more) {
    String[] line = new String[more.length + 3];
    line[0] = "sim";
    line[1] = action;
    line[2] = machine().toString();
    System.arraycopy(more, 0, line, 3, more.length);
    return Run.of(line);
  }

  private Path machine() {
    return folder.resolve("machine");
  }

  @Test
  void aMachineIsWhatItWasMadeAs() {
    Run made = sim("create", "--memory-mib", "64", "--seed", "9", "--fragmented", "0");
    assertThat(made.code()).as(made.err()).isZero();
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      SimulatedMachine machine = host.kernel().machine();
      assertThat(machine.memoryBytes()).isEqualTo(64 << 20);
      assertThat(machine.seed()).isEqualTo(9);
      assertThat(machine.singlePagePercent()).isZero();
    }
    assertThat(sim("show").out()).isEqualTo(made.out());
    Run again = sim("create");
    assertThat(again.code()).isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
  }

  @Test
  void aDeviceThatIsAddedCanBeUsed() {
    sim("create");
    Run added = sim("add-device", "--device", "0000:00:05.0");
    assertThat(added.out())
        .contains("0000:00:04.0, EduDevice", "0000:00:05.0, EduDevice", "boot 2");
    Run doctor =
        Run.of("--host", "sim:" + machine(), "doctor", "--device", "0000:00:05.0", "--json");
    assertThat(doctor.out()).contains("0000:00:05.0").doesNotContain("there is no device");
    assertThat(sim("add-device", "--device", "0000:00:05.0").code())
        .isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
  }

  @Test
  void whatIsNotHeldIsNotHandedOver() {
    sim("create");
    try (SimulatedHost host = SimulatedHost.open(machine())) {
      LiveSession session = LiveSession.openOrRestore(host, "nic0", folder.resolve("state"));
      session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
      session.ioas("rings").buffer("ring", 4096);
      session.preserve();
      Run busy = sim("show");
      assertThat(busy.code()).isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
      assertThat(busy.err()).contains("in use").hasLineCount(1);
    }
    // Its holder has ended, and so has the session: the kernel drops what nobody holds.
    Run kexec = sim("kexec", "--json");
    assertThat(kexec.code()).as(kexec.err()).isZero();
    assertThat(kexec.out()).contains("\"boots\" : 2", "\"sessionsCarried\" : [ ]");
    assertThat(sim("cold-boot").out()).contains("boot 3");
  }

  @Test
  void optionsAreTakenWhereTheyMeanSomething() {
    sim("create");
    for (String[] more :
        new String[][] {
          {"show", "--seed", "1"},
          {"create", "--legacy"},
          {"kexec", "--device", "0000:00:05.0"},
          {"add-device"},
          {"explode"},
          {"create", "--memory-mib", "1"}
        }) {
      String[] options = java.util.Arrays.copyOfRange(more, 1, more.length);
      assertThat(sim(more[0], options).code()).as(String.join(" ", more)).isEqualTo(2);
    }
  }

  @Test
  void whereThereIsNoMachineNothingIsMade() {
    for (String action : new String[] {"show", "kexec", "cold-boot"}) {
      assertThat(sim(action).code()).isEqualTo(ExitCode.NOT_ALLOWED_NOW.code());
    }
    assertThat(machine()).doesNotExist();
  }
}
