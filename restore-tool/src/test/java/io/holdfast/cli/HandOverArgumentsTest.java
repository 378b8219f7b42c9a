package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HandOverArgumentsTest {
  @TempDir private Path folder;

  @Test
  void verifyMustKnowWhoGetsTheSession() {
    Run run = Run.of("verify", "--session", "nic0");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--exec -- COMMAND", "--consume").hasLineCount(1);
    assertThat(Run.of("verify", "--session", "nic0", "--consume", "--exec", "true").code())
        .isEqualTo(2);
  }

  @Test
  void execNeedsACommandAndACommandNeedsExec() {
    assertThat(Run.of("restore", "--session", "nic0", "--exec").err())
        .contains("--exec needs a command");
    assertThat(Run.of("restore", "--session", "nic0", "--", "true").err())
        .contains("a command needs --exec");
  }

  @Test
  void aCommandsOptionsAreItsOwn() {
    Run run = Run.of("restore", "--session", "nic0", "--exec", "/no/such/driver", "--json");
    assertThat(run.code()).isEqualTo(ExitCode.COMMAND_FAILED.code());
    assertThat(run.out()).isEmpty();
  }

  @Test
  void programsAreFoundAsTheShellFindsThem() throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path program = Files.createFile(bin.resolve("driver"));
    String path = "/nowhere:" + bin;
    assertThat(HandOverArguments.find("driver", path)).isEmpty();
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    assertThat(HandOverArguments.find("driver", path)).contains(program);
    assertThat(HandOverArguments.find(program.toString(), "")).contains(program);
    assertThat(HandOverArguments.find(bin.toString(), "")).isEmpty();
    assertThat(HandOverArguments.find("bin", folder.toString())).isEmpty();
  }
}
