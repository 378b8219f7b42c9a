package io.holdfast.cli;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code completion}: the script that lets a shell complete verbs and options. */
@Command(
    name = "completion",
    description = {
      "Print the script that lets a shell complete verbs and options.",
      "The Debian package installs all three."
    },
    footer = {
      "  source <(holdfast completion bash)",
      "  holdfast completion zsh > ~/.zfunc/_holdfast",
      "  holdfast completion fish > ~/.config/fish/completions/holdfast.fish"
    })
final class CompletionVerb extends Verb {
  private static final List<String> SHELLS = List.of("bash", "zsh", "fish");

  @Parameters(
      paramLabel = "SHELL",
      completionCandidates = Shells.class,
      description = "bash, zsh or fish.")
  private String shell;

  /** The shells there is a script for. */
  private static final class Shells implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return SHELLS.iterator();
    }
  }

  @Override
  ExitCode run() {
    if (!SHELLS.contains(shell)) {
      throw misused(
          "there is no script for \"" + shell + "\", but for " + String.join(", ", SHELLS));
    }
    return show(new Script(shell, script(toolCommandLine())));
  }

  private String script(CommandLine tool) {
    return switch (shell) {
      case "bash" -> AutoComplete.bash("holdfast", tool);
      case "zsh" -> ZshCompletion.of(tool);
      default -> FishCompletion.of(tool);
    };
  }

  private record Script(String shell, String text) implements Finding {
    @Override
    public Map<String, Object> document() {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("shell", shell);
      document.put("lines", text.lines());
      return document;
    }

    @Override
    public void print(Console console) {
      console.lines(text.replace("\t", "  "));
    }
  }
}
