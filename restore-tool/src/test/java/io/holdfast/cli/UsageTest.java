package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UsageTest {
  @Test
  void versionIsTheBuildsOwn() {
    Run run = Run.of("--version");
    assertThat(run.code()).isZero();
    assertThat(run.out()).matches("holdfast \\d+\\.\\d+\\.\\d+\\S* \\(Java .*\\)\\R");
  }

  @Test
  void helpListsEveryExitCode() {
    Run run = Run.of("--help");
    assertThat(run.code()).isZero();
    for (ExitCode code : ExitCode.values()) {
      assertThat(run.out()).contains("  " + code.code() + " ").contains(code.meaning());
    }
  }

  @Test
  void everyVerbHasHelpWithExamples() {
    picocli.CommandLine tool = Verbs.documented();
    assertThat(tool.getSubcommands()).isNotEmpty();
    for (String verb : tool.getSubcommands().keySet()) {
      Run run = Run.of(verb, "--help");
      assertThat(run.code()).isZero();
      assertThat(run.out())
          .contains("Usage: holdfast " + verb, "Examples:", "holdfast " + verb)
          .doesNotContain("Exit codes:");
    }
  }

  @Test
  void helpIsGivenByAVerbAsWell() {
    assertThat(Run.of("help").out()).isNotEmpty().isEqualTo(Run.of("--help").out());
    assertThat(Run.of("help", "restore").out())
        .contains("Usage: holdfast restore")
        .isEqualTo(Run.of("restore", "--help").out());
    Run wrong = Run.of("help", "docter");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("there is no verb \"docter\": did you mean doctor?");
  }

  @Test
  void aMistypedVerbIsAnsweredWithASuggestion() {
    Run run = Run.of("docter");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualToNormalizingNewlines(
            "holdfast: there is no verb \"docter\": did you mean doctor? See holdfast --help\n");
  }

  @Test
  void aMistypedVerbIsAnsweredWithASuggestionEvenBesideTheNameOfAnother() {
    Run run = Run.of("docter", "plan", "--session", "x");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("there is no verb \"docter\": did you mean doctor?");
  }

  @Test
  void everyVerbIsListedUnderItsOwnName() {
    picocli.CommandLine tool = Verbs.documented();
    tool.getSubcommands()
        .forEach((name, verb) -> assertThat(verb.getCommandSpec().name()).isEqualTo(name));
  }

  @Test
  void helpOfTheToolListsEveryVerbThoughOneIsNamed() {
    assertThat(Run.of("--help", "plan").out()).contains(Verbs.names());
  }

  @Test
  void aMistypedOptionIsAnsweredWithASuggestion() {
    Run run = Run.of("doctor", "--devise", "0000:00:04.0");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("did you mean --device").hasLineCount(1);
  }

  @Test
  void aWrongVerbOrOptionIsWrongUsageEvenBesideHelp() {
    for (String[] line :
        List.of(
            new String[] {"docter", "--help"},
            new String[] {"--help", "docter"},
            new String[] {"doctor", "--devise", "--help"},
            new String[] {"docter", "--version"})) {
      Run run = Run.of(line);
      assertThat(run.code()).as(String.join(" ", line)).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).hasLineCount(1);
    }
  }

  @Test
  void anArgumentThatBeginsWithAnAtSignIsNoFileToReadMoreFrom(@TempDir Path directory)
      throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "--json the-secret");
    Run run = Run.of("doctor", "@" + secret);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out() + run.err()).contains("@" + secret).doesNotContain("the-secret");
  }

  @Test
  void whatCannotBeASessionsNameIsWrongUsageWithEveryVerb() {
    for (String verb : List.of("plan", "verify", "restore", "inspect")) {
      Run run = Run.of(verb, "--session", "../nic0");
      assertThat(run.code()).as(verb).isEqualTo(2);
      assertThat(run.err()).hasLineCount(1).contains("not a session name: \"../nic0\"");
    }
  }

  @Test
  void whatAWrongPathIsMadeOfIsToldAsUsage() {
    assertThat(Run.of("--state", "", "plan", "--session", "nic0").code()).isEqualTo(2);
    assertThat(Run.of("--state", "a\0b", "plan", "--session", "nic0").code()).isEqualTo(2);
    assertThat(Run.of("inspect", "a\0b").code()).isEqualTo(2);
  }

  @Test
  void jsonBehindTheCommandsOwnDashesIsTheCommands() {
    Run run = Run.of("restore", "--session", "a/b", "--exec", "--", "driver", "--json");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void noVerbIsWrongUsage() {
    Run run = Run.of();
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("name a verb").hasLineCount(1);
  }

  @Test
  void aWrongAddressSaysHowToWriteOne() {
    Run run = Run.of("doctor", "--device", "eth0");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("0000:00:04.0").hasLineCount(1);
  }

  @Test
  void wrongUsageIsADocumentForPrograms() {
    Run run = Run.of("doctor", "--json", "--devise");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).startsWith("{").contains("\"exitCode\" : 2", "\"exit\" : \"usage\"");
    assertThat(run.err()).hasLineCount(1);
  }

  @Test
  void exitCodesAreStable() {
    assertThat(ExitCode.values())
        .extracting(code -> code.code() + " " + code.id())
        .containsExactly(
            "0 ok",
            "1 failure",
            "2 usage",
            "3 host-not-able",
            "4 nothing-to-restore",
            "5 input-refused",
            "6 not-verified",
            "7 kernel-refused",
            "8 file-failed",
            "9 not-allowed-now",
            "10 command-failed",
            "11 output-lost",
            "12 different");
  }
}
