package io.holdfast.cli;

import io.holdfast.linux.SmallFiles;
import io.holdfast.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Whether a process lives through a shutdown of systemd's until the kexec at its end. */
final class Survival {
  private static final int MOST_OUTPUT_BYTES = 4096;

  private Survival() {}

  /**
   * Judges a process by what it is: systemd itself; a service that is neither stopped nor killed;
   * or a process of no unit whose first argument begins with @.
   */
  static boolean of(Syscalls syscalls, int pid, String unit) {
    if (pid == 1) {
      return true;
    }
    if (unit.isEmpty()) {
      return SmallFiles.readable(syscalls, "/proc/" + pid + "/cmdline")
          .filter(arguments -> arguments.startsWith("@"))
          .isPresent();
    }
    return show(unit).map(Survival::isSpared).orElse(false);
  }

  static boolean isSpared(List<String> properties) {
    return properties.contains("SurviveFinalKillSignal=yes")
        && properties.contains("DefaultDependencies=no");
  }

  private static Optional<List<String>> show(String unit) {
    ProcessBuilder asked =
        new ProcessBuilder(
                "systemctl",
                "show",
                "--property=SurviveFinalKillSignal,DefaultDependencies",
                "--",
                unit)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = asked.start();
      process.getOutputStream().close();
      byte[] output = process.getInputStream().readNBytes(MOST_OUTPUT_BYTES);
      return process.waitFor() == 0
          ? Optional.of(new String(output, StandardCharsets.UTF_8).lines().toList())
          : Optional.empty();
    } catch (IOException noSystemd) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
