package io.holdfast.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Parses the command line, runs the verb, and turns everything that goes wrong into one line and an
 * exit code.
 */
final class Tool {
  private final Console console;
  private final HoldfastCommand root = new HoldfastCommand();

  Tool(Console console) {
    this.console = console;
  }

  int run(String... args) {
    CommandLine commandLine = new CommandLine(root, new Verbs(console));
    commandLine.setOut(console.out());
    commandLine.setErr(console.err());
    commandLine.setUsageHelpWidth(100);
    commandLine.setColorScheme(console.helpColours());
    commandLine.setExecutionExceptionHandler((failure, where, parsed) -> fail(failure));
    commandLine.setParameterExceptionHandler((failure, rest) -> misused(failure, args));
    // What stands behind a command to hand over to is the command's, even without -- before it.
    for (String verb : List.of("verify", "restore")) {
      commandLine.getSubcommands().get(verb).setStopAtPositional(true);
    }
    ExitCode.documentIn(commandLine);
    return commandLine.execute(args);
  }

  private int fail(Throwable thrown) {
    Failure failure = Failure.of(thrown);
    failure.printTo(console, root.isJson());
    if (root.wantsStackTrace()) {
      thrown.printStackTrace(console.err());
    }
    return failure.exitCode().code();
  }

  private int misused(ParameterException problem, String[] args) {
    CommandLine where = problem.getCommandLine();
    String text = firstLine(problem.getMessage());
    String suggestion = "";
    if (problem instanceof UnmatchedArgumentException unmatched) {
      // They come best first, and the others are far from what was meant.
      suggestion = unmatched.getSuggestions().stream().findFirst().orElse("");
      if (where.getParent() == null && !unmatched.isUnknownOption()) {
        text = "there is no verb \"" + unmatched.getUnmatched().getFirst() + "\"";
      }
    }
    String name = where.getCommandSpec().qualifiedName();
    String remedy =
        (suggestion.isEmpty() ? "see " : "did you mean " + suggestion + "? See ")
            + name
            + " --help";
    // Parsing stopped before it could tell whether --json was asked for.
    new Failure(ExitCode.USAGE, "UsageException", text, remedy)
        .printTo(console, Arrays.asList(args).contains("--json"));
    return ExitCode.USAGE.code();
  }

  private static String firstLine(String text) {
    String line = text == null ? "bad usage" : text.lines().findFirst().orElse("bad usage");
    return line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
  }
}
