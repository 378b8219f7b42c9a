package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.journal.JournalContents;
import io.holdfast.serializer.Manifest;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.Requests;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VersionVerbTest {
  @TempDir private Path folder;

  @Test
  void theNumbersAreThoseOfTheCode() {
    Run run = Run.of(host -> SimulatedHost.open(folder), "version");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("manifest format +" + Manifest.format())
        .containsPattern("journal format +%d,".formatted(JournalContents.NEWEST_FORMAT))
        .containsPattern("JSON format +" + Schema.NAME)
        .containsPattern("running kernel +Linux 7\\.3\\.0-rc7-simulated");
  }

  @Test
  void everyRequestIsInTheDocument() {
    Run run = Run.of(host -> SimulatedHost.open(folder), "version", "--json");
    assertThat(run.code()).as(run.err()).isZero();
    Requests.all()
        .forEach(request ->
            assertThat(run.out())
                .containsPattern(
                    "\"%s\",\\s+\"number\" : \"0x%x\""
                        .formatted(request.name(), request.number())));
  }
}
