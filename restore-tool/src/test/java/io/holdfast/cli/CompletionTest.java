package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompletionTest {
  @TempDir private Path folder;

  private static List<String> verbs() {
    return List.copyOf(Verbs.documented().getSubcommands().keySet());
  }

  private Path script(String shell) throws IOException {
    Run run = Run.of("completion", shell);
    assertThat(run.code()).as(run.err()).isZero();
    return Files.writeString(folder.resolve("script." + shell), run.out());
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void everyVerbIsInTheScript(String shell) throws IOException {
    assertThat(script(shell)).content(StandardCharsets.UTF_8).contains(verbs());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void theShellAcceptsIt(String shell) throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        HandOverArguments.find(shell, System.getenv("PATH")).isPresent(), "there is no " + shell);
    output(shell, "-n", script(shell).toString());
  }

  @Test
  void bashCompletesVerbsOptionsAndValues() throws IOException, InterruptedException {
    String completed =
        output(
            "bash",
            "-c",
            """
            . "$0"
            complete_it() {
              COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
              _complete_holdfast holdfast "${@: -1}" "${@: -2:1}" 2>/dev/null
              printf '%s;' "${COMPREPLY[@]}"
            }
            complete_it holdfast rest
            complete_it holdfast diff --lay
            complete_it holdfast completion z
            """,
            script("bash").toString());
    assertThat(completed).isEqualTo("restore;--layout;zsh;");
  }

  @Test
  void anotherShellIsWrongUsage() {
    Run run = Run.of("completion", "tcsh");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("bash, zsh, fish").hasLineCount(1);
  }
}
