package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sessions of drivers that are services, which have state directories and names of their own.
 */
final class RecordedSessionsTest {
  @TempDir private Path directory;
  private final List<String> notices = new ArrayList<>();

  private Path state() {
    return directory.resolve("holdfast");
  }

  private void write(Path stateDirectory, SessionState session) throws IOException {
    Path own = stateDirectory.resolve(session.name());
    Files.createDirectories(own);
    Files.write(own.resolve("manifest"), Manifest.encode(session));
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
    Files.setPosixFilePermissions(
        own.resolve("manifest"), PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void looksIntoTheStateDirectoriesOfServices() throws IOException {
    write(state(), Samples.session());
    assertThat(RecordedSessions.find(state(), notices)).containsOnlyKeys("nic0");
    Path drivers = directory.resolve("holdfast-drivers");
    write(drivers.resolve("nic0"), Samples.session());
    assertThat(RecordedSessions.find(state(), notices)).containsOnlyKeys("nic0");
    assertThat(notices).singleElement().asString().contains("\"nic0\" is recorded twice");
    notices.clear();
    Files.delete(state().resolve("nic0").resolve("manifest"));
    Files.delete(state().resolve("nic0"));
    Files.delete(state());
    assertThat(RecordedSessions.find(state(), notices).get("nic0").manifest().found()).isNotNull();
    assertThat(notices).isEmpty();
  }

  @Test
  void nothingIsRecordedWhereThereIsNothing() {
    assertThat(RecordedSessions.find(state(), notices)).isEmpty();
    assertThat(RecordedSessions.find(Path.of("/"), notices)).isNotNull();
  }

  @Test
  void aSessionThatSystemdMadeIsKnownByItsOwnName() throws IOException {
    write(state(), Samples.session().inLiveUpdateSession("driver.service-1f"));
    SessionHolder systemd = new SessionHolder(1, "systemd", "init.scope");
    SessionHolder other = new SessionHolder(77, "other", "");
    assertThat(
            SessionsFinding.byOwnName(
                Map.of("driver.service-1f", List.of(systemd), "other", List.of(other)),
                RecordedSessions.find(state(), notices)))
        .containsOnly(Map.entry("nic0", List.of(systemd)), Map.entry("other", List.of(other)));
  }
}
