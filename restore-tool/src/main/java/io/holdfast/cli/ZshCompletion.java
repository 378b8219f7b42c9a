package io.holdfast.cli;

import static io.holdfast.cli.CommandModel.candidates;
import static io.holdfast.cli.CommandModel.options;
import static io.holdfast.cli.CommandModel.summary;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The completion of zsh in its own terms; picocli's for bash shows no descriptions there. */
final class ZshCompletion {
  private ZshCompletion() {}

  static String of(CommandLine tool) {
    StringBuilder out =
        new StringBuilder("#compdef holdfast\n# Generated from the tool's own definitions.\n\n");
    out.append("_holdfast() {\n  local context state state_descr line\n");
    out.append("  typeset -A opt_args\n  _arguments -C \\\n");
    options(tool).forEach(option -> option(out, "    ", option));
    out.append("    '1: :->verb' \\\n    '*:: :->rest'\n  case $state in\n");
    out.append("    verb)\n      local -a verbs=(\n");
    for (CommandLine verb : CommandModel.verbs(tool)) {
      String entry = verb.getCommandName() + ":" + summary(verb).replace(":", "\\:");
      out.append("        ").append(quoted(entry)).append('\n');
    }
    out.append("      )\n      _describe -t verbs verb verbs\n      ;;\n");
    out.append("    rest)\n      case $words[1] in\n");
    for (CommandLine verb : CommandModel.verbs(tool)) {
      out.append("        ").append(verb.getCommandName()).append(")\n          _arguments \\\n");
      options(verb).forEach(option -> option(out, "            ", option));
      for (PositionalParamSpec each : verb.getCommandSpec().positionalParameters()) {
        List<String> candidates = candidates(each);
        if (!candidates.isEmpty()) {
          String values = "(" + String.join(" ", candidates) + ")";
          out.append("            ").append(quoted("1: :" + values)).append(" \\\n");
        }
      }
      out.append("            '*: :_files'\n          ;;\n");
    }
    out.append("      esac\n      ;;\n  esac\n}\n\n_holdfast \"$@\"\n");
    return out.toString();
  }

  private static void option(StringBuilder out, String indent, OptionSpec option) {
    String help = summary(option).replace("[", "\\[").replace("]", "\\]");
    for (String name : option.names()) {
      String text = name + "[" + help + "]";
      if (option.arity().max() > 0) {
        List<String> candidates = candidates(option);
        text =
            name
                + (name.startsWith("--") ? "=" : "+")
                + "["
                + help
                + "]:"
                + option.paramLabel().replace(":", "\\:")
                + ":"
                + (candidates.isEmpty() ? "_files" : "(" + String.join(" ", candidates) + ")");
      }
      out.append(indent).append(quoted(text)).append(" \\\n");
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
