package io.holdfast.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The command line's own definitions, as completions are made of them. */
final class CommandModel {
  private CommandModel() {}

  static List<CommandLine> verbs(CommandLine tool) {
    return tool.getSubcommands().values().stream()
        .distinct()
        .filter(verb -> !verb.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  static List<OptionSpec> options(CommandLine command) {
    return command.getCommandSpec().options().stream().filter(option -> !option.hidden()).toList();
  }

  /** What a verb is for: the first sentence of its description, without the full stop. */
  static String summary(CommandLine verb) {
    CommandSpec spec = verb.getCommandSpec();
    return summary(spec.usageMessage().description());
  }

  /** What an option is for: the first sentence of its description, without the full stop. */
  static String summary(ArgSpec argument) {
    return summary(argument.description());
  }

  private static String summary(String... description) {
    String first =
        description.length == 0
            ? ""
            : Ansi.OFF.string(description[0].replace("%n", " ").replace("%%", "%"));
    int end = first.indexOf(". ");
    String sentence = end < 0 ? first : first.substring(0, end);
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  /** The values an argument can have, where they can be listed. */
  static List<String> candidates(ArgSpec argument) {
    List<String> candidates = new ArrayList<>();
    if (argument.completionCandidates() != null) {
      argument.completionCandidates().forEach(candidates::add);
    }
    return candidates;
  }
}
