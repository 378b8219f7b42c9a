package io.holdfast.cli;

import io.holdfast.Host;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The tool itself: what all verbs share; {@link Verbs} has them. */
@Command(
    name = "holdfast",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Keeps a userspace driver's DMA memory at the same physical addresses over a kexec.",
    synopsisHeading = "Usage: ",
    descriptionHeading = "%n",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nVerbs:%n",
    footerHeading = "%nExamples:%n",
    synopsisSubcommandLabel = "VERB",
    footer = {
      "  holdfast demo",
      "  holdfast doctor",
      "  holdfast --trace plan --session nic0",
      "  holdfast help restore"
    })
final class HoldfastCommand implements Runnable {
  @Option(
      names = "--host",
      scope = ScopeType.INHERIT,
      paramLabel = "HOST",
      defaultValue = "${env:HOLDFAST_HOST:-local}",
      description =
          "The machine to work on: local, or sim:DIR for a simulated kernel whose state is kept in"
              + " that directory. Default: $HOLDFAST_HOST, or local.")
  private String host;

  @Option(
      names = "--state",
      scope = ScopeType.INHERIT,
      paramLabel = "DIR",
      converter = PathConverter.class,
      defaultValue = "${env:HOLDFAST_STATE:-/var/lib/holdfast}",
      description =
          "The state directory, with journals and manifests. Default: $HOLDFAST_STATE, or"
              + " /var/lib/holdfast.")
  private Path state;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description =
          "Print one JSON document to stdout; a failure is one too, with the field \"error\"."
              + " Messages still go to stderr.")
  private boolean json;

  @Option(
      names = "--trace",
      scope = ScopeType.INHERIT,
      description = "Print every system call, decoded, to stderr.")
  private boolean trace;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Print a stack trace with each error message.")
  private boolean stackTrace;

  @Spec private CommandSpec spec;

  private final Function<String, Host> hosts;

  /** The tool on hosts that this opens, by what {@code --host} says. */
  HoldfastCommand(Function<String, Host> hosts) {
    this.hosts = hosts;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a verb");
  }

  String host() {
    return host;
  }

  /** Opens the host that the command line names. */
  Host openHost() {
    return hosts.apply(host);
  }

  Path state() {
    return state;
  }

  boolean isJson() {
    return json;
  }

  boolean wantsTrace() {
    return trace;
  }

  boolean wantsStackTrace() {
    return stackTrace;
  }
}
