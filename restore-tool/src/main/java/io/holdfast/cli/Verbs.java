package io.holdfast.cli;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * The verbs of the tool, in the order of its help, and the command line made of them.
 *
 * <p>picocli reads annotations by reflection, so each verb that is put into a command line makes
 * the start of every other one slower.
 */
final class Verbs {
  private static final Map<String, Supplier<Verb>> ALL = all();

  /**
   * Those behind which a command may stand, whose options are its own even without -- before it.
   */
  private static final List<String> WITH_COMMAND = List.of("verify", "restore");

  /** Those that an update waits for, and that read what is preserved. */
  private static final Set<String> WAITED_FOR = Set.of("restore", "verify", "plan");

  private Verbs() {}

  private static Map<String, Supplier<Verb>> all() {
    Map<String, Supplier<Verb>> all = new LinkedHashMap<>();
    all.put("doctor", DoctorVerb::new);
    all.put("inspect", InspectVerb::new);
    all.put("plan", PlanVerb::new);
    all.put("verify", VerifyVerb::new);
    all.put("restore", RestoreVerb::new);
    all.put("hold", HoldVerb::new);
    all.put("sessions", SessionsVerb::new);
    all.put("audit", AuditVerb::new);
    all.put("discard", DiscardVerb::new);
    all.put("kexec", KexecVerb::new);
    all.put("demo", DemoVerb::new);
    all.put("diff", DiffVerb::new);
    all.put("export", ExportVerb::new);
    all.put("import", ImportVerb::new);
    all.put("report", ReportVerb::new);
    all.put("metrics", MetricsVerb::new);
    all.put("sim", SimVerb::new);
    all.put("completion", CompletionVerb::new);
    all.put("version", VersionVerb::new);
    return all;
  }

  /** The names of all verbs. */
  static Set<String> names() {
    return ALL.keySet();
  }

  /**
   * The verbs that a command line may be about: those that it names anywhere, or all of them where
   * it names none, asks for help or for a list of them.
   */
  static Set<String> namedIn(String... args) {
    Set<String> named = new LinkedHashSet<>();
    for (String arg : args) {
      if (ALL.containsKey(arg)) {
        named.add(arg);
      } else if (arg.equals("--")) {
        break;
      } else if (isHelp(arg)) {
        return names();
      }
    }
    return named.isEmpty() || named.contains("completion") ? names() : named;
  }

  /** Whether a command line about these verbs is what an update waits for. */
  static boolean areWaitedFor(Set<String> named) {
    return WAITED_FOR.containsAll(named);
  }

  /** Whether help or a version may be asked for; also in a cluster of short options. */
  private static boolean isHelp(String arg) {
    return arg.startsWith("--help")
        || arg.startsWith("--version")
        || (arg.startsWith("-")
            && !arg.startsWith("--")
            && (arg.indexOf('h') > 0 || arg.indexOf('V') > 0));
  }

  /** The tool's command line with these verbs, which speak to a console. */
  static CommandLine commandLine(HoldfastCommand root, Console console, Set<String> names) {
    CommandLine tool = new CommandLine(root.declared());
    if (names.equals(names())) {
      // One that asks for the version has all verbs (namedIn), and each inherits what is printed:
      // it is read from the jar here.
      tool.getCommandSpec().versionProvider(new Version());
    }
    for (Map.Entry<String, Supplier<Verb>> each : ALL.entrySet()) {
      if (names.contains(each.getKey())) {
        tool.addSubcommand(each.getKey(), each.getValue().get().commandLine(root, console));
      }
    }
    for (String verb : WITH_COMMAND) {
      if (names.contains(verb)) {
        tool.getSubcommands().get(verb).setStopAtPositional(true);
      }
    }
    return tool;
  }

  /** The whole command line as its documentation shows it; it cannot be run. */
  static CommandLine documented() {
    CommandLine tool = commandLine(new HoldfastCommand(OpenHost::named), null, names());
    ExitCode.documentIn(tool);
    return tool;
  }
}
