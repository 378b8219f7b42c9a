package io.holdfast.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.FileSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.posix.PosixAPI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blocks of a journal's file are reserved, so that a disk that fills up cannot be a SIGBUS. */
class ReservedBlocksTest {
  @TempDir private Path temporary;

  /** How many bytes of disk a file takes. */
  private static long allocatedBytes(Path file) throws IOException, InterruptedException {
    Process stat =
        new ProcessBuilder("stat", "--format=%b", file.toString())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(stat.waitFor()).as(output).isZero();
    return Long.parseLong(output) * 512; // the unit of st_blocks
  }

  @Test
  void everyBlockOfANewJournalIsReserved() throws IOException, InterruptedException {
    Path file = temporary.resolve("nic0").resolve("journal");
    try (Journal journal = Journal.startOver(file, Fixtures.header())) {
      journal.append(Fixtures.setUp());
      assertThat(allocatedBytes(file)).isGreaterThanOrEqualTo(Files.size(file));
    }
  }

  @Test
  void chronicleReservesThroughHoldfastAndNotThroughUnpackedCode() throws IOException {
    try (Journal journal =
        Journal.startOver(temporary.resolve("nic0").resolve("journal"), Fixtures.header())) {
      journal.append(Fixtures.setUp());
    }
    assertThat(PosixAPI.posix()).isInstanceOf(ChroniclePosix.class);
  }

  @Test
  void aRefusalIsTheKernels() {
    assertThat(FileSpace.reserve(-1, 0, 4096)).isEqualTo(-Errno.EBADF);
  }
}
