package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.LiveSession;
import io.holdfast.cli.ExitCode;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every verb in every exit code that it can end in and that one process can come to. Code 6 has its
 * test in {@link RestoreAcrossKexecTest}, code 1 its own in the restore tool's module.
 */
final class ExitCodesTest {
  @TempDir private Path directory;
  private final Set<ExitCode> seen = EnumSet.noneOf(ExitCode.class);

  private void check(Trial trial, ExitCode code, String... line) {
    trial.run(List.of(line), Set.of(code.code()));
    seen.add(code);
  }

  @Test
  void everyVerbEndsInTheDocumentedCode() throws IOException {
    Stage stage = Stage.set(directory);
    String state = "--state=" + stage.state();
    String host = "--host=" + stage.host();
    String manifest = stage.manifest().toString();
    try (Trial trial = new Trial("exit codes")) {
      check(trial, ExitCode.OK, "doctor", host);
      check(trial, ExitCode.HOST_NOT_ABLE, "doctor", host, "--device", "0000:00:1e.0");
      check(trial, ExitCode.USAGE, "doctor", "--host", "elsewhere");

      check(trial, ExitCode.OK, "inspect", manifest);
      check(trial, ExitCode.OK, "inspect", state, "--session", "nic0");
      check(trial, ExitCode.USAGE, "inspect");
      check(trial, ExitCode.USAGE, "inspect", "--session", "a b");
      check(trial, ExitCode.NOTHING_TO_RESTORE, "inspect", state, "--session", "nic1");
      check(trial, ExitCode.INPUT_REFUSED, "inspect", stage.file("text").toString());
      check(trial, ExitCode.FILE_FAILED, "inspect", stage.file("absent").toString());
      check(trial, ExitCode.COMMAND_FAILED, "inspect", "--session=nic0", "--exec", "/no/program");

      check(trial, ExitCode.OK, "plan", state, host, "--session", "nic0");
      check(trial, ExitCode.USAGE, "plan");
      check(trial, ExitCode.NOTHING_TO_RESTORE, "plan", state, host, "--session", "nic1");

      for (String verb : List.of("verify", "restore")) {
        check(trial, ExitCode.USAGE, verb, "--session", "nic0", "driver");
        check(trial, ExitCode.COMMAND_FAILED, verb, "--session=nic0", "--exec", "/no/program");
      }
      check(trial, ExitCode.USAGE, "verify", "--session", "nic0");
      check(
          trial, ExitCode.NOTHING_TO_RESTORE, "verify", state, host, "--session=nic0", "--consume");
      check(
          trial,
          ExitCode.NOTHING_TO_RESTORE,
          "restore",
          state,
          host,
          "--session=nic0",
          "--consume");
      // Nobody would keep what is taken out of the kernel.
      check(trial, ExitCode.NOT_ALLOWED_NOW, "restore", state, host, "--session=nic0");
      check(trial, ExitCode.USAGE, "restore", "--session=nic0", "--store", "--consume");
      check(trial, ExitCode.USAGE, "demo", "--seed", "many");

      String text = stage.file("text").toString();
      String made = stage.file("made").toString();
      check(trial, ExitCode.OK, "version", host);
      check(trial, ExitCode.USAGE, "version", "--everything");
      check(trial, ExitCode.OK, "completion", "bash");
      check(trial, ExitCode.USAGE, "completion", "tcsh");
      check(trial, ExitCode.OK, "report", "--html", made, manifest);
      check(trial, ExitCode.USAGE, "report", manifest);
      check(
          trial, ExitCode.DIFFERENT, "report", "--html", made, manifest, stage.other().toString());
      check(trial, ExitCode.INPUT_REFUSED, "report", "--html", made, "--result", text);
      check(trial, ExitCode.FILE_FAILED, "report", "--html", "/proc/none/made", manifest);
      Files.delete(stage.file("made"));
      check(trial, ExitCode.OK, "metrics", state, host);
      check(trial, ExitCode.INPUT_REFUSED, "metrics", state, host, "--result", text);
      check(trial, ExitCode.FILE_FAILED, "metrics", state, host, "--file", "/proc/none/made");
      check(trial, ExitCode.OK, "sim", "create", stage.file("machine-2").toString());
      check(trial, ExitCode.NOT_ALLOWED_NOW, "sim", "create", stage.machine().toString());
      check(trial, ExitCode.USAGE, "sim", "explode", stage.machine().toString());
      check(trial, ExitCode.OK, "diff", manifest, manifest);
      check(trial, ExitCode.DIFFERENT, "diff", manifest, stage.other().toString());
      check(trial, ExitCode.USAGE, "diff", manifest);
      check(trial, ExitCode.INPUT_REFUSED, "diff", manifest, text);
      check(trial, ExitCode.FILE_FAILED, "diff", manifest, stage.file("absent").toString());
      check(trial, ExitCode.OK, "export", manifest, "--file", made);
      check(trial, ExitCode.NOT_ALLOWED_NOW, "export", manifest, "--file", made);
      check(trial, ExitCode.FILE_FAILED, "export", manifest, "--file", "/proc/none/made");
      check(trial, ExitCode.OK, "import", made, "--file", stage.file("back").toString());
      check(trial, ExitCode.INPUT_REFUSED, "import", text, "--file", made, "--force");
      check(trial, ExitCode.USAGE, "import", made);

      String absent = "--socket=" + stage.file("absent").resolve("holder.sock");
      check(trial, ExitCode.OK, "sessions", state, host);
      check(trial, ExitCode.USAGE, "sessions", "--everything");
      check(trial, ExitCode.OK, "audit", state, host);
      check(trial, ExitCode.USAGE, "audit", "--expect=nic0", host);
      check(trial, ExitCode.NOT_ALLOWED_NOW, "audit", state, host, "--record", made);
      check(trial, ExitCode.FILE_FAILED, "audit", state, host, "--compare", made + "-absent");
      check(trial, ExitCode.USAGE, "discard", "--session=nic0");
      check(trial, ExitCode.NOT_ALLOWED_NOW, "discard", "--session=nic0", "--yes", absent, host);
      check(trial, ExitCode.USAGE, "hold", "--max=0", host);
      check(trial, ExitCode.NOT_ALLOWED_NOW, "hold", "--take-over", absent, host);
      check(trial, ExitCode.FILE_FAILED, "hold", "--socket=/proc/none/holder.sock");

      Files.write(stage.manifest(), new byte[100]);
      check(trial, ExitCode.INPUT_REFUSED, "plan", state, host, "--session=nic0");
      check(trial, ExitCode.INPUT_REFUSED, "verify", state, host, "--session=nic0", "--consume");
      check(trial, ExitCode.INPUT_REFUSED, "restore", state, host, "--session=nic0");
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(
            ExitCode.OK,
            ExitCode.USAGE,
            ExitCode.HOST_NOT_ABLE,
            ExitCode.NOTHING_TO_RESTORE,
            ExitCode.INPUT_REFUSED,
            ExitCode.FILE_FAILED,
            ExitCode.NOT_ALLOWED_NOW,
            ExitCode.COMMAND_FAILED,
            ExitCode.DIFFERENT);
  }

  @Test
  void whatWouldBeLostNowIsNotAllowedNow() throws IOException {
    Path machine = directory.resolve("machine");
    Path state = directory.resolve("state");
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      LiveSession session = LiveSession.openOrRestore(host, "nic0", state);
      session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
      session.ioas("rings").buffer("ring", 4096);
      session.preserve();
    }
    try (Trial trial = new Trial("exit codes before the kexec")) {
      for (String verb : List.of("plan", "restore")) {
        trial.run(
            List.of(verb, "--host=sim:" + machine, "--state=" + state, "--session=nic0"),
            Set.of(ExitCode.NOT_ALLOWED_NOW.code()));
      }
    }
  }

  private static void preserved(Path machine, Path state) {
    try (SimulatedHost host = SimulatedHost.open(machine)) {
      LiveSession session = LiveSession.openOrRestore(host, "nic0", state);
      session.bind(SimulatedMachine.EDU_ADDRESS, session.ioas("rings"));
      session.ioas("rings").buffer("ring", 4096);
      session.preserve();
      host.kexec();
    }
  }

  @Test
  void whatTheKernelRefusesIsToldAsThat() throws IOException {
    Path machine = directory.resolve("machine");
    Path state = directory.resolve("state");
    try (Trial trial = new Trial("exit codes of a kernel that executes nothing")) {
      for (String verb : List.of("verify", "restore")) {
        preserved(machine, state);
        String[] line = {
          verb, "--host=sim:" + machine, "--state=" + state, "--session=nic0", "--exec", "/bin/true"
        };
        trial.run(List.of(line), Set.of(ExitCode.KERNEL_REFUSED.code()));
      }
    }
  }

  @Test
  void whatIsOpenToOthersIsRefused() throws IOException {
    Stage stage = Stage.set(directory);
    Files.setPosixFilePermissions(stage.manifest(), PosixFilePermissions.fromString("rw-rw-rw-"));
    try (Trial trial = new Trial("exit codes of an open manifest")) {
      String state = "--state=" + stage.state();
      for (String verb : List.of("plan", "restore", "inspect")) {
        trial.run(
            List.of(verb, "--host=" + stage.host(), state, "--session=nic0"),
            Set.of(ExitCode.INPUT_REFUSED.code()));
      }
    }
  }

  @Test
  void outputThatIsLostIsNotSuccessWithAnyVerb() throws IOException {
    Stage stage = Stage.set(directory);
    Writer full =
        new Writer() {
          @Override
          public void write(char[] chars, int from, int length) throws IOException {
            throw new IOException("No space left on device");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    String state = "--state=" + stage.state();
    String host = "--host=" + stage.host();
    try (Trial trial = new Trial("lost output")) {
      for (List<String> line :
          List.of(
              List.of("doctor", host),
              List.of("inspect", stage.manifest().toString()),
              List.of("plan", state, host, "--session", "nic0"),
              List.of("verify", "--help"))) {
        int code = trial.run(line, new PrintWriter(full), new PrintWriter(new StringWriter()));
        assertThat(code).as("%s", line).isEqualTo(ExitCode.OUTPUT_LOST.code());
      }
    }
  }
}
