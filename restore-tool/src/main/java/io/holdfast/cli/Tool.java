package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.engine.Preload;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Parses the command line, runs the verb, and turns everything that goes wrong into one line and an
 * exit code.
 */
final class Tool {
  private final Console console;
  private final Function<String, Host> hosts;
  private HoldfastCommand root;

  Tool(Console console, Function<String, Host> hosts) {
    this.console = console;
    this.hosts = hosts;
    this.root = new HoldfastCommand(hosts);
  }

  /** Runs a command line; whatever happens, this returns an exit code. */
  int run(String... args) {
    try {
      String[] asked = asOption(args);
      Set<String> verbs = Verbs.namedIn(asked);
      if (Verbs.areWaitedFor(verbs)) {
        Preload.begin();
      }
      return commandLine(verbs, asked).execute(asked);
    } catch (Throwable thrown) {
      // Errors too: memory that ran out has been released by now.
      return fail(thrown, null);
    }
  }

  /** {@code help VERB} is {@code VERB --help}, as operators know it from other tools. */
  private static String[] asOption(String... args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
    asked[args.length - 1] = "--help";
    return asked;
  }

  private CommandLine commandLine(Set<String> verbs, String... args) {
    root = new HoldfastCommand(hosts); // Its options are of one command line.
    CommandLine commandLine = Verbs.commandLine(root, console, verbs);
    commandLine.setOut(console.out());
    commandLine.setErr(console.err());
    // An argument that begins with @ is an argument, not a file to read more of them from.
    commandLine.setExpandAtFiles(false);
    commandLine.setUsageHelpWidth(Math.min(100, console.width()));
    commandLine.setColorScheme(console.helpColours());
    commandLine.setExecutionStrategy(Tool::execute);
    commandLine.setExecutionExceptionHandler((failure, where, parsed) -> fail(failure, where));
    commandLine.setParameterExceptionHandler((failure, rest) ->
        isUnknownVerb(failure) && !verbs.equals(Verbs.names())
            ? commandLine(Verbs.names(), args).execute(args) // What is similar is suggested.
            : misused(failure, args));
    ExitCode.documentIn(commandLine);
    return commandLine;
  }

  /** Whether the tool itself was given what it has no place for; no verb has run then. */
  private static boolean isUnknownVerb(ParameterException problem) {
    return problem instanceof UnmatchedArgumentException
        && problem.getCommandLine().getParent() == null;
  }

  /** The parser lets everything pass beside --help; here a wrong verb is wrong all the same. */
  private static int execute(ParseResult parsed) {
    for (ParseResult at = parsed; at != null; at = at.hasSubcommand() ? at.subcommand() : null) {
      if (!at.unmatched().isEmpty()) {
        throw new UnmatchedArgumentException(at.commandSpec().commandLine(), at.unmatched());
      }
    }
    return new RunLast().execute(parsed);
  }

  private int fail(Throwable thrown, CommandLine where) {
    Failure failure = Failure.of(thrown);
    failure.printTo(
        console, where == null ? "" : where.getCommandName(), session(where), root.isJson());
    if (root.wantsStackTrace()) {
      StringWriter trace = new StringWriter();
      thrown.printStackTrace(new PrintWriter(trace, true));
      console.err().print(trace.toString().replace("\t", "    "));
      console.flush();
    }
    return failure.exitCode().code();
  }

  /** The session that a verb was about, if it takes one. */
  private static Optional<String> session(CommandLine where) {
    return Optional.ofNullable(where)
        .map(verb -> verb.getCommandSpec().findOption("--session"))
        .map(option -> option.<String>getValue());
  }

  private int misused(ParameterException problem, String... args) {
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
    String verb = where.getParent() == null ? "" : where.getCommandName();
    new Failure(ExitCode.USAGE, "UsageException", text, remedy)
        .printTo(console, verb, root.isJson() || asksForJson(args));
    return ExitCode.USAGE.code();
  }

  /** Parsing may have stopped before it came to --json; what stands behind -- is the command's. */
  private static boolean asksForJson(String... args) {
    for (String arg : args) {
      if (arg.equals("--")) {
        return false;
      }
      if (arg.equals("--json") || arg.equals("--json=true")) {
        return true;
      }
    }
    return false;
  }

  private static String firstLine(String text) {
    String line = text == null ? "" : text.strip().lines().findFirst().orElse("");
    return line.isEmpty()
        ? "the command line is wrong"
        : line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
  }
}
