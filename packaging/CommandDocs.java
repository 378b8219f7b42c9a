import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes the manual pages, from the definitions that the tool parses its command line with.
 *
 * <p>Run with the tool's jars on the class path: {@code java -cp … CommandDocs.java DIRECTORY VERSION}. The directory gets
 * {@code holdfast.1} and {@code holdfast-VERB.1}.
 */
final class CommandDocs {
  private static final String NAME = "holdfast";

  /** What the whole tool goes by, beside options. */
  private static final List<List<String>> ENVIRONMENT =
      List.of(
          List.of("HOLDFAST_HOST, HOLDFAST_STATE", "Defaults of --host and --state."),
          List.of("HOLDFAST_HOLDER", "The socket of the holder that keeps drivers' descriptors."),
          List.of("HOLDFAST_JAVA_OPTS", "More flags for the JVM, split at blanks."),
          List.of("NO_COLOR", "Where it is set to anything, no colours are printed."));

  private static final List<List<String>> FILES =
      List.of(
          List.of("/var/lib/holdfast", "Journals and manifests, a directory for each session."),
          List.of("/var/lib/holdfast-drivers/NAME", "The same of the driver that holdfast-driver@NAME.service runs."),
          List.of("/etc/holdfast/drivers/NAME", "The program of that driver."),
          List.of("/etc/holdfast/vfio.ids", "Devices that are bound to vfio-pci, by PCI address or by vendor and device."),
          List.of("/run/holdfast/holder.sock", "The socket of root's holder."));

  private static final List<List<String>> UNITS =
      List.of(
          List.of("holdfast-driver@NAME.service", "Runs the driver of session NAME, whose descriptors systemd keeps."),
          List.of("holdfast-hold.service", "Runs the holder until the kexec."),
          List.of("holdfast-restore@NAME.service", "Restores session NAME into the holder at boot, before its driver starts."));

  private CommandDocs() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    String version = arguments[1];
    CommandLine tool = tool();
    write(directory.resolve(NAME + ".1"), manual(tool, version));
    for (CommandLine verb : verbs(tool)) {
      write(
          directory.resolve(NAME + "-" + verb.getCommandName() + ".1"), manual(verb, version));
    }
  }

  /** The tool's command line; its classes are package-private, since no program is to use them. */
  private static CommandLine tool() throws ReflectiveOperationException {
    Method documented = Class.forName("io.holdfast.cli.Verbs").getDeclaredMethod("documented");
    documented.setAccessible(true);
    return (CommandLine) documented.invoke(null);
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
    out.append(".SH NAME\n").append(roff(page)).append(" \\- ").append(roff(decapitalised(summary(description)))).append('\n');
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
    List<String> common = verb ? options(spec.parent()).stream().map(OptionSpec::longestName).toList() : List.of();
    List<OptionSpec> own = options(spec).stream().filter(each -> !common.contains(each.longestName())).toList();
    if (!own.isEmpty()) {
      section(out, "OPTIONS");
      own.forEach(each -> item(out, each));
    }
    if (verb) {
      section(out, "COMMON OPTIONS");
      options(spec).stream().filter(each -> !own.contains(each)).forEach(each -> item(out, each));
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
    if (!verb) {
      section(out, "ENVIRONMENT");
      ENVIRONMENT.forEach(each -> term(out, each.getFirst(), each.getLast()));
      section(out, "UNITS");
      UNITS.forEach(each -> term(out, each.getFirst(), each.getLast()));
      section(out, "FILES");
      FILES.forEach(each -> term(out, each.getFirst(), each.getLast()));
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
    if (!verb) {
      verbs(command).forEach(each -> others.add(NAME + "-" + each.getCommandName()));
    }
    out.append(others.stream().map(each -> roff(each) + "(1)").collect(Collectors.joining(",\n"))).append('\n');
    return out.toString();
  }

  private static void section(StringBuilder out, String name) {
    out.append(".SH \"").append(name).append("\"\n");
  }

  private static void item(StringBuilder out, OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
    item(out, String.join(", ", option.names()) + value, option);
  }

  private static void item(StringBuilder out, String term, ArgSpec spec) {
    term(out, term, String.join(" ", plain(spec.description())));
  }

  private static void term(StringBuilder out, String term, String text) {
    out.append(".TP\n.B \"").append(roff(term)).append("\"\n").append(roff(text)).append('\n');
  }

  /** As a page's name is followed: in lower case, unless it begins with an abbreviation. */
  private static String decapitalised(String text) {
    return text.length() > 1 && Character.isLowerCase(text.charAt(1))
        ? Character.toLowerCase(text.charAt(0)) + text.substring(1)
        : text;
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
}
