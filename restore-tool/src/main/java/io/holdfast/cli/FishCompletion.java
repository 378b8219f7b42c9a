package io.holdfast.cli;

import static io.holdfast.cli.CommandModel.candidates;
import static io.holdfast.cli.CommandModel.options;
import static io.holdfast.cli.CommandModel.summary;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The completion of the fish shell; picocli makes one for bash only. */
final class FishCompletion {
  private FishCompletion() {}

  static String of(CommandLine tool) {
    StringBuilder out =
        new StringBuilder(
            "# Completions of holdfast for fish, generated from its own definitions.\n");
    out.append("function __holdfast_no_command\n");
    out.append("    not contains -- -- (commandline -opc)\nend\n");
    for (CommandLine verb : CommandModel.verbs(tool)) {
      String name = verb.getCommandName();
      String isSeen = " -n '__holdfast_no_command; and __fish_seen_subcommand_from " + name + "'";
      out.append("complete -c holdfast -f -n __fish_use_subcommand -a ").append(name);
      out.append(" -d ").append(quoted(summary(verb))).append('\n');
      for (PositionalParamSpec each : verb.getCommandSpec().positionalParameters()) {
        if (!candidates(each).isEmpty()) {
          out.append("complete -c holdfast -f").append(isSeen);
          out.append(" -a ").append(quoted(String.join(" ", candidates(each)))).append('\n');
        }
      }
      for (OptionSpec option : options(verb)) {
        out.append("complete -c holdfast").append(isSeen);
        option(out, option);
      }
    }
    for (OptionSpec option : options(tool)) {
      out.append("complete -c holdfast -n __fish_use_subcommand");
      option(out, option);
    }
    return out.toString();
  }

  private static void option(StringBuilder out, OptionSpec option) {
    for (String name : option.names()) {
      out.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
    }
    if (option.arity().max() > 0) {
      out.append(" -r");
      List<String> candidates = candidates(option);
      if (!candidates.isEmpty()) {
        out.append(" -f -a ").append(quoted(String.join(" ", candidates)));
      }
    }
    out.append(" -d ").append(quoted(summary(option))).append('\n');
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
