package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.ExitCode;
import io.holdfast.journal.Journal;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.model.HostIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code sessions --watch}, in a process of its own, of a session that another process records. A
 * picture that does not come fails the test by its timeout, and the process is killed.
 */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
final class WatchTest {
  private static final UUID JOURNAL = new UUID(1, 2);
  private static final int INTERRUPTED = 128 + 2;

  @TempDir private Path directory;
  private Process driver;
  private Process tool;

  @AfterEach
  void end() throws InterruptedException {
    for (Process each : new Process[] {driver, tool}) {
      if (each != null) {
        each.destroyForcibly().waitFor();
      }
    }
  }

  /** A process, and a journal that says that it records the session. */
  private void startDriver(String session) throws IOException {
    driver = new ProcessBuilder("sleep", "1000").start();
    String stat = Files.readString(Path.of("/proc/" + driver.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    HostIdentity host = new HostIdentity("0".repeat(32), "7.3.0", "x86_64", 4096);
    JournalHeader header =
        new JournalHeader(
            JOURNAL,
            session,
            host,
            UUID.fromString(boot),
            0,
            driver.pid(),
            Long.parseLong(fields[22 - 3]), // Field 22; the first of these is field 3.
            Optional.of("sleep"),
            Optional.empty());
    try (Journal journal =
        Journal.startOver(directory.resolve(session).resolve("journal"), header)) {
      journal.append(new SessionOpened(session, JOURNAL, 0, host, List.of(header.bootId())));
    }
  }

  private BufferedReader watch(String... more) throws IOException {
    String[] line = {"sessions", "--watch", "--state=" + directory, "--socket=" + noHolder()};
    tool =
        Holdfast.start(
            List.of(), Stream.of(line, more).flatMap(Arrays::stream).toArray(String[]::new));
    tool.getErrorStream().close();
    return new BufferedReader(new InputStreamReader(tool.getInputStream(), StandardCharsets.UTF_8));
  }

  private Path noHolder() {
    return directory.resolve("holder.sock");
  }

  /** The next line about a session. */
  private static String next(BufferedReader lines, String session) throws IOException {
    while (true) {
      String line = lines.readLine();
      assertThat(line).as("the output has ended").isNotNull();
      if (line.contains(session)) {
        return line;
      }
    }
  }

  @Test
  void aChangeIsShownAndAnInterruptEndsIt() throws IOException, InterruptedException {
    startDriver("nic0");
    try (BufferedReader lines = watch()) {
      assertThat(next(lines, "nic0"))
          .matches("nic0 +recording +process %1$d.* +%1$d .*".formatted(driver.pid()));
      driver.destroyForcibly().waitFor();
      assertThat(next(lines, "nic0")).matches("nic0 +lost +- +- .*its process has ended.*");
      new ProcessBuilder("sh", "-c", "kill -INT " + tool.pid()).start().waitFor();
      assertThat(lines.readLine()).isNull();
    }
    assertThat(tool.waitFor()).isEqualTo(INTERRUPTED);
  }

  @Test
  void forProgramsEachPictureIsALineAndItEndsWithItsReader()
      throws IOException, InterruptedException {
    startDriver("nic0");
    try (BufferedReader lines = watch("--json")) {
      assertThat(lines.readLine())
          .startsWith("{\"schema\":\"holdfast-output/1\",\"verb\":\"sessions\",")
          .contains("\"name\":\"nic0\"", "\"state\":\"recording\"", "\"pid\":" + driver.pid())
          .endsWith("}");
      assertThat(tool.isAlive()).isTrue();
    }
    driver.destroyForcibly().waitFor(); // The next picture cannot be written.
    assertThat(tool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(tool.exitValue()).isEqualTo(ExitCode.OUTPUT_LOST.code());
  }
}
