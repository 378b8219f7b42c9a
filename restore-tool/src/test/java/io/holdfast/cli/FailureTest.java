package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.linux.KernelErrors;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.sys.Errno;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

final class FailureTest {
  @Test
  void aFaultOfTheProgramIsOneLineThatSaysWhatToReport() {
    StringWriter err = new StringWriter();
    Failure failure = Failure.of(new IllegalStateException("first\nsecond"));
    failure.printTo(
        Console.plain(new PrintWriter(new StringWriter()), new PrintWriter(err)), "plan", false);
    assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILURE);
    assertThat(err.toString())
        .hasLineCount(1)
        .startsWith("holdfast: unexpected failure: IllegalStateException: first; second: ")
        .contains("--stacktrace");
  }

  @Test
  void aRefusalKeepsItsProblemAndRemedyApart() {
    Failure failure = Failure.of(new DeviceUnavailableException("no device", "plug it in"));
    assertThat(failure)
        .isEqualTo(
            new Failure(
                ExitCode.HOST_NOT_ABLE, "DeviceUnavailableException", "no device", "plug it in"));
  }

  @Test
  void theKernelsRefusalsAreTheirOwnKind() {
    assertThat(
            Failure.of(KernelErrors.of("IOMMU_IOAS_MAP", -Errno.EEXIST, "iova 0x1000")).exitCode())
        .isEqualTo(ExitCode.KERNEL_REFUSED);
    assertThat(Failure.of(KernelErrors.of("open /dev/iommu", -Errno.ENOENT, "")).exitCode())
        .isEqualTo(ExitCode.HOST_NOT_ABLE);
  }

  @Test
  void aFileErrorSaysMoreThanThePath() {
    Failure failure =
        Failure.of(new UncheckedIOException(new NoSuchFileException("/nowhere/journal")));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.FILE_FAILED);
    assertThat(failure.problem()).isEqualTo("there is no /nowhere/journal");
  }
}
