package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who lives through a shutdown until the kexec. */
final class SurvivalTest {
  /** A host on which a process was started by this command line; null for one that has ended. */
  private static Syscalls started(String commandLine) {
    return (Syscalls)
        Proxy.newProxyInstance(
            Syscalls.class.getClassLoader(),
            new Class<?>[] {Syscalls.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("readFile");
              assertThat(arguments[0]).isEqualTo("/proc/77/cmdline");
              if (commandLine == null) {
                return -Errno.ENOENT;
              }
              byte[] bytes = commandLine.getBytes(StandardCharsets.UTF_8);
              System.arraycopy(bytes, 0, (byte[]) arguments[1], 0, bytes.length);
              return bytes.length;
            });
  }

  private static boolean survives(String commandLine) {
    return Survival.of(started(commandLine), 77, "");
  }

  @Test
  void systemdDoes() {
    assertThat(Survival.of(started(null), 1, "init.scope")).isTrue();
  }

  @Test
  void aProcessOfNoUnitDoesIfItsFirstArgumentSaysSo() {
    assertThat(survives("@holdfast\0hold\0")).isTrue();
    assertThat(survives("holdfast\0@hold\0")).isFalse();
    assertThat(survives("")).isFalse();
    assertThat(survives(null)).as("it has ended").isFalse();
  }

  @Test
  void aServiceMustBeNeitherStoppedNorKilled() {
    String killedLast = "SurviveFinalKillSignal=yes";
    String notStopped = "DefaultDependencies=no";
    assertThat(Survival.isSpared(List.of(killedLast, notStopped))).isTrue();
    assertThat(Survival.isSpared(List.of(killedLast, "DefaultDependencies=yes"))).isFalse();
    assertThat(Survival.isSpared(List.of("SurviveFinalKillSignal=no", notStopped))).isFalse();
    assertThat(Survival.isSpared(List.of())).as("a unit that is not there").isFalse();
  }
}
