package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.VfTokens;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.CommandSpec;

/** A session with a virtual function, brought back with a file of VF tokens. */
final class VfTokensArgumentTest {
  private static final PciAddress PHYSICAL = SimulatedMachine.EDU_ADDRESS;
  private static final PciAddress VIRTUAL = PciAddress.parse("0000:00:04.1");
  private static final UUID TOKEN = UUID.fromString("a5b0c1d2-e3f4-4506-9718-293a4b5c6d7e");

  @TempDir private Path folder;

  private LiveSession open(SimulatedHost host, String name, PciAddress address) {
    LiveSession session =
        LiveSession.openOrRestore(
            host,
            name,
            folder.resolve("state"),
            SessionOptions.defaults().withVfToken(address, TOKEN));
    session.bind(address, session.ioas(name));
    return session;
  }

  private Run run(SimulatedHost host, String... arguments) {
    return Run.of(
        ignored -> SimulatedHost.on(host.kernel()),
        Stream.concat(
                Stream.of("--state", folder.resolve("state").toString()), Stream.of(arguments))
            .toArray(String[]::new));
  }

  private Path file(String name) throws IOException {
    Path file = Files.writeString(folder.resolve(name), VIRTUAL + " " + TOKEN + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void nothingIsTakenWithoutTheToken() throws IOException {
    String file = file("tokens").toString();
    try (SimulatedHost host =
        SimulatedHost.open(
            folder.resolve("machine"),
            SimulatedMachine.standard().withVirtualFunction(VIRTUAL, EduDevice.class, PHYSICAL))) {
      open(host, "pf", PHYSICAL).close();
      LiveSession session = open(host, "vf", VIRTUAL);
      session.ioas("vf").buffer("ring", 4096);
      session.preserve();
      host.kexec();
      open(host, "pf", PHYSICAL).close();

      Run plan = run(host, "plan", "--session", "vf");
      assertThat(plan.code()).isEqualTo(ExitCode.HOST_NOT_ABLE.code());
      assertThat(plan.out()).contains("no VF token is given").contains("--vf-tokens FILE");
      assertThat(run(host, "plan", "--session", "vf", "--vf-tokens", file).code()).isZero();

      Run refused = run(host, "restore", "--session", "vf", "--consume");
      assertThat(refused.code()).isEqualTo(ExitCode.HOST_NOT_ABLE.code());
      assertThat(refused.err()).contains("the session was left in the kernel");
      Files.writeString(Path.of(file), "it is a secret");
      Run wrong = run(host, "verify", "--session", "vf", "--consume", "--vf-tokens", file);
      assertThat(wrong.code()).isEqualTo(ExitCode.INPUT_REFUSED.code());
      assertThat(wrong.err()).contains(file + ":1").doesNotContain("secret");
      Files.delete(Path.of(file));
      Run missing = run(host, "restore", "--session", "vf", "--consume", "--vf-tokens", file);
      assertThat(missing.code()).isEqualTo(ExitCode.FILE_FAILED.code());

      Run restored =
          run(host, "restore", "--session", "vf", "--consume", "--vf-tokens=" + file("tokens"));
      assertThat(restored.code()).as(restored.err()).isZero();
    }
  }

  @Test
  void aServiceHasThemAsItsCredential() throws IOException {
    VfTokensArgument argument = new VfTokensArgument(CommandSpec.create());
    assertThat(argument.tokens(null)).isEqualTo(VfTokens.none());
    assertThat(argument.tokens(folder.toString())).isEqualTo(VfTokens.none());
    file("holdfast.vf-tokens");
    assertThat(argument.tokens(folder.toString())).isEqualTo(VfTokens.none().with(VIRTUAL, TOKEN));
  }
}
