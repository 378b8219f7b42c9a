package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.MappingState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process of Holdfast's leaves for others to read, whatever it was started with. */
final class HardeningTest {
  private static final String SECRET = "a-secret-of-the-environment";

  @TempDir private Path directory;

  @Test
  void nothingIsReadableByOthersWhateverTheUmask() throws Exception {
    Path machine = directory.resolve("machine");
    Path state = directory.resolve("state");
    Machine.create(directory).close();
    List<String> command = new ArrayList<>(List.of("sh", "-c", "umask 0; exec \"$@\"", "sh"));
    command.addAll(Holdfast.java(TestDriver.class, List.of(machine.toString(), state.toString())));
    Process driver =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("ready");
      try (Stream<Path> files = Files.walk(state)) {
        List<Path> all = files.toList();
        assertThat(all).hasSizeGreaterThan(3);
        for (Path file : all) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
              .as("%s", file)
              .endsWith("------");
        }
      }
    } finally {
      driver.destroyForcibly().onExit().join();
    }
  }

  /** Runs the tool with a secret in its environment. */
  private String said(String... line) throws IOException, InterruptedException {
    Path said = directory.resolve("said");
    ProcessBuilder tool =
        new ProcessBuilder(Holdfast.java(io.holdfast.cli.Main.class, List.of(line)))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    tool.environment().put("SECRET", SECRET);
    assertThat(tool.start().waitFor()).isNotZero();
    return Files.readString(said);
  }

  @Test
  void failuresTellNeitherTheEnvironmentNorPhysicalAddresses() throws Exception {
    Stage stage = Stage.set(directory);
    List<String> addresses = new ArrayList<>();
    stage
        .session()
        .ioases()
        .forEach(ioas -> {
          for (MappingState mapping : ioas.mappings()) {
            addresses.add(Long.toHexString(mapping.extents().physicalAddress(0)));
          }
        });
    assertThat(addresses).isNotEmpty();
    byte[] damaged = Files.readAllBytes(stage.manifest());
    damaged[damaged.length / 2]++;
    Files.write(stage.manifest(), damaged);
    String state = "--state=" + stage.state();
    String host = "--host=" + stage.host();
    List<String> all =
        List.of(
            said("inspect", stage.manifest().toString()),
            said("plan", state, host, "--session=nic0", "--stacktrace"),
            said("restore", state, host, "--session=nic0", "--exec", "/no/such", "--stacktrace"),
            said("restore", state, host, "--session=nic0", "--consume", "--json", "--stacktrace"),
            said("nonsense"));
    for (String text : all) {
      assertThat(text).isNotBlank().doesNotContain(SECRET);
      assertThat(addresses).noneMatch(text::contains);
    }
  }
}
