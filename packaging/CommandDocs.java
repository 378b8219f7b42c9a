import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes the manual pages and the completions for bash, zsh and fish, from the definitions that the tool parses its
 * command line with.
 *
 * <p>Run with the tool's jars on the class path: {@code java -cp … CommandDocs.java DIRECTORY VERSION}. The directory gets
 * {@code man/holdfast.1}, {@code man/holdfast-VERB.1}, {@code bash/holdfast}, {@code zsh/_holdfast} and {@code
 * fish/holdfast.fish}.
 */
final class CommandDocs {
  private static final String NAME = "holdfast";

  private CommandDocs() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    String version = arguments[1];
    CommandLine tool = tool();
    write(directory.resolve("man").resolve(NAME + ".1"), manual(tool, version));
    for (CommandLine verb : verbs(tool)) {
      write(
          directory.resolve("man").resolve(NAME + "-" + verb.getCommandName() + ".1"), manual(verb, version));
    }
    write(directory.resolve("bash").resolve(NAME), bash(tool));
    write(directory.resolve("zsh").resolve("_" + NAME), zsh(tool));
    write(directory.resolve("fish").resolve(NAME + ".fish"), fish(tool));
  }

  /** The tool's command line; its classes are package-private, since no program is to use them. */
  private static CommandLine tool() throws ReflectiveOperationException {
    Constructor<?> constructor = Class.forName("io.holdfast.cli.HoldfastCommand").getDeclaredConstructor();
    constructor.setAccessible(true);
    CommandLine tool = new CommandLine(constructor.newInstance());
    Method exitCodes = Class.forName("io.holdfast.cli.ExitCode").getDeclaredMethod("documentIn", CommandLine.class);
    exitCodes.setAccessible(true);
    exitCodes.invoke(null, tool);
    return tool;
  }

  private static List<CommandLine> verbs(CommandLine tool) {
    return tool.getSubcommands().values().stream()
        .distinct()
        .filter(verb -> !verb.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  private static List<OptionSpec> options(CommandSpec spec) {
    return spec.options().stream().filter(option -> !option.hidden()).toList();
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  // ---- manual pages

  private static String manual(CommandLine command, String version) {
    CommandSpec spec = command.getCommandSpec();
    boolean verb = spec.parent() != null;
    String page = verb ? NAME + "-" + spec.name() : NAME;
    StringBuilder out = new StringBuilder();
    out.append(".\\\" Generated from the tool's own definitions: see packaging/CommandDocs.java.\n");
    out.append(".TH \"").append(roff(page.toUpperCase(java.util.Locale.ROOT))).append("\" 1 \"\" \"holdfast ");
    out.append(roff(version)).append("\" \"Holdfast\"\n.nh\n.ad l\n");
    List<String> description = plain(spec.usageMessage().description());
    out.append(".SH NAME\n").append(roff(page)).append(" \\- ").append(roff(summary(description))).append('\n');
    out.append(".SH SYNOPSIS\n.B ").append(roff(verb ? NAME + " " + spec.name() : NAME)).append('\n');
    String synopsis = plain(command.getHelp().synopsis(0)).replaceAll("\\s+", " ").strip();
    out.append(roff(synopsis.startsWith(spec.qualifiedName())
        ? synopsis.substring(spec.qualifiedName().length()).strip()
        : synopsis)).append('\n');
    section(out, "DESCRIPTION");
    for (String line : description) {
      out.append(".PP\n").append(roff(line)).append('\n');
    }
    List<PositionalParamSpec> parameters =
        spec.positionalParameters().stream().filter(each -> !each.hidden()).toList();
    if (!parameters.isEmpty()) {
      section(out, "ARGUMENTS");
      parameters.forEach(each -> item(out, each.paramLabel(), each));
    }
    section(out, "OPTIONS");
    for (OptionSpec option : options(spec)) {
      String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
      item(out, String.join(", ", option.names()) + value, option);
    }
    if (!verb) {
      section(out, "VERBS");
      for (CommandLine each : verbs(command)) {
        out.append(".TP\n.B ").append(roff(each.getCommandName())).append('\n');
        out.append(roff(summary(plain(each.getCommandSpec().usageMessage().description())))).append('\n');
        out.append(".br\nSee ").append(roff(NAME + "-" + each.getCommandName())).append("(1).\n");
      }
    }
    Map<String, String> exitCodes = spec.usageMessage().exitCodeList();
    if (!exitCodes.isEmpty()) {
      section(out, "EXIT STATUS");
      exitCodes.forEach(
          (code, words) ->
              out.append(".TP\n.B ").append(roff(plain(code).strip())).append('\n').append(roff(plain(words).strip()))
                  .append('\n'));
    }
    if (spec.usageMessage().footer().length > 0) {
      section(out, "EXAMPLES");
      out.append(".nf\n");
      plain(spec.usageMessage().footer()).forEach(line -> out.append(roff(line)).append('\n'));
      out.append(".fi\n");
    }
    section(out, "SEE ALSO");
    List<String> others = new ArrayList<>();
    if (verb) {
      others.add(NAME);
    }
    CommandLine root = verb ? spec.parent().commandLine() : command;
    verbs(root).stream()
        .map(each -> NAME + "-" + each.getCommandName())
        .filter(each -> !each.equals(page))
        .forEach(others::add);
    out.append(others.stream().map(each -> roff(each) + "(1)").collect(Collectors.joining(",\n"))).append('\n');
    return out.toString();
  }

  private static void section(StringBuilder out, String name) {
    out.append(".SH \"").append(name).append("\"\n");
  }

  private static void item(StringBuilder out, String term, ArgSpec spec) {
    out.append(".TP\n.B \"").append(roff(term)).append("\"\n");
    out.append(roff(String.join(" ", plain(spec.description())))).append('\n');
  }

  /** A description's first sentence without its full stop. */
  private static String summary(List<String> description) {
    String first = description.isEmpty() ? "" : description.getFirst();
    int end = first.indexOf(". ");
    String sentence = end < 0 ? first : first.substring(0, end);
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private static List<String> plain(String... texts) {
    return java.util.Arrays.stream(texts).map(CommandDocs::plain).flatMap(String::lines).toList();
  }

  /** picocli's text without its markup and its format's escapes. */
  private static String plain(String text) {
    return Ansi.OFF.string(text.replace("%n", "\n").replace("%%", "%"));
  }

  private static String roff(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("\"", "\\(dq");
    return escaped.lines()
        .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
        .collect(Collectors.joining("\n"));
  }

  // ---- completions

  private static String bash(CommandLine tool) {
    return AutoComplete.bash(NAME, tool);
  }

  private static String fish(CommandLine tool) {
    StringBuilder out = new StringBuilder("# Completions of holdfast for fish, generated from its own definitions.\n");
    out.append("function __holdfast_no_command\n    not contains -- -- (commandline -opc)\nend\n");
    for (CommandLine verb : verbs(tool)) {
      CommandSpec spec = verb.getCommandSpec();
      out.append("complete -c holdfast -f -n __fish_use_subcommand -a ").append(spec.name()).append(" -d ")
          .append(fishQuoted(summary(plain(spec.usageMessage().description())))).append('\n');
      for (OptionSpec option : options(spec)) {
        out.append("complete -c holdfast -n '__holdfast_no_command; and __fish_seen_subcommand_from ").append(spec.name())
            .append('\'');
        fishOption(out, option);
      }
    }
    for (OptionSpec option : options(tool.getCommandSpec())) {
      out.append("complete -c holdfast -n __fish_use_subcommand");
      fishOption(out, option);
    }
    return out.toString();
  }

  private static void fishOption(StringBuilder out, OptionSpec option) {
    for (String name : option.names()) {
      out.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
    }
    if (option.arity().max() > 0) {
      out.append(" -r");
      List<String> candidates = candidates(option);
      if (!candidates.isEmpty()) {
        out.append(" -f -a ").append(fishQuoted(String.join(" ", candidates)));
      }
    }
    out.append(" -d ").append(fishQuoted(summary(plain(option.description())))).append('\n');
  }

  private static String fishQuoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static String zsh(CommandLine tool) {
    StringBuilder out = new StringBuilder("#compdef holdfast\n# Generated from the tool's own definitions.\n\n");
    out.append("_holdfast() {\n  local context state state_descr line\n  typeset -A opt_args\n  _arguments -C \\\n");
    options(tool.getCommandSpec()).forEach(option -> zshOption(out, "    ", option));
    out.append("    '1: :->verb' \\\n    '*:: :->rest'\n  case $state in\n    verb)\n      local -a verbs=(\n");
    for (CommandLine verb : verbs(tool)) {
      out.append("        ").append(zshQuoted(verb.getCommandName() + ":"
          + summary(plain(verb.getCommandSpec().usageMessage().description())).replace(":", "\\:"))).append('\n');
    }
    out.append("      )\n      _describe -t verbs verb verbs\n      ;;\n    rest)\n      case $words[1] in\n");
    for (CommandLine verb : verbs(tool)) {
      out.append("        ").append(verb.getCommandName()).append(")\n          _arguments \\\n");
      options(verb.getCommandSpec()).forEach(option -> zshOption(out, "            ", option));
      out.append("            '*: :_files'\n          ;;\n");
    }
    out.append("      esac\n      ;;\n  esac\n}\n\n_holdfast \"$@\"\n");
    return out.toString();
  }

  private static void zshOption(StringBuilder out, String indent, OptionSpec option) {
    for (String name : option.names()) {
      String help = summary(plain(option.description())).replace("[", "\\[").replace("]", "\\]");
      String value = "";
      if (option.arity().max() > 0) {
        List<String> candidates = candidates(option);
        value = ":" + option.paramLabel().replace(":", "\\:") + ":"
            + (candidates.isEmpty() ? "_files" : "(" + String.join(" ", candidates) + ")");
        name = name.startsWith("--") ? name + "=" : name + "+";
      }
      out.append(indent).append(zshQuoted(name + "[" + help + "]" + value)).append(" \\\n");
    }
  }

  private static String zshQuoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static List<String> candidates(OptionSpec option) {
    List<String> candidates = new ArrayList<>();
    if (option.completionCandidates() != null) {
      option.completionCandidates().forEach(candidates::add);
    }
    return candidates;
  }
}
