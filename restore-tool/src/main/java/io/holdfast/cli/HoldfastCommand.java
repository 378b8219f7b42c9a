package io.holdfast.cli;

import io.holdfast.Host;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The tool itself: what all verbs share; {@link Verbs} has them. */
final class HoldfastCommand implements Runnable {
  /** As picocli's own standard options are. */
  private final OptionSpec help =
      Declared.everywhere(
          OptionSpec.builder("-h", "--help")
              .type(boolean.class)
              .usageHelp(true)
              .description("Show this help message and exit."));

  private final OptionSpec version =
      Declared.everywhere(
          OptionSpec.builder("-V", "--version")
              .type(boolean.class)
              .versionHelp(true)
              .description("Print version information and exit."));
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
  private final OptionSpec host =
      Declared.everywhere(
          OptionSpec.builder("--host")
              .type(String.class)
              .paramLabel("HOST")
              .defaultValue("${env:HOLDFAST_HOST:-local}")
              .description(
                  "The machine to work on: local, or sim:DIR for a simulated kernel whose state is"
                      + " kept in that directory. Default: $HOLDFAST_HOST, or local."));
  private final OptionSpec state =
      Declared.everywhere(
          Declared.path(
                  "--state",
                  "DIR",
                  "The state directory, with journals and manifests. Default: $HOLDFAST_STATE, or"
                      + " /var/lib/holdfast.")
              .defaultValue("${env:HOLDFAST_STATE:-/var/lib/holdfast}"));
  private final OptionSpec json =
      Declared.everywhere(
          Declared.flag(
              "--json",
              "Print one JSON document to stdout; a failure is one too, with the field \"error\"."
                  + " Messages still go to stderr."));
  private final OptionSpec trace =
      Declared.everywhere(Declared.flag("--trace", "Print every system call, decoded, to stderr."));
  private final OptionSpec stackTrace =
      Declared.everywhere(
          Declared.flag("--stacktrace", "Print a stack trace with each error message."));
  private final Function<String, Host> hosts;

  /** The tool on hosts that this opens, by what {@code --host} says. */
  HoldfastCommand(Function<String, Host> hosts) {
    this.hosts = hosts;
    spec.name("holdfast").scopeType(ScopeType.INHERIT);
    spec.usageMessage()
        .description(
            "Keeps a userspace driver's DMA memory at the same physical addresses over a kexec.")
        .synopsisHeading("Usage: ")
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nVerbs:%n")
        .footerHeading("%nExamples:%n")
        .synopsisSubcommandLabel("VERB")
        .footer(
            "  holdfast demo",
            "  holdfast doctor",
            "  holdfast --trace plan --session nic0",
            "  holdfast help restore");
    for (OptionSpec each : List.of(help, version, host, state, json, trace, stackTrace)) {
      spec.addOption(each);
    }
  }

  CommandSpec declared() {
    return spec;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a verb");
  }

  String host() {
    return host.getValue();
  }

  /** Opens the host that the command line names. */
  Host openHost() {
    return hosts.apply(host());
  }

  Path state() {
    return state.getValue();
  }

  boolean isJson() {
    return Declared.isSet(json);
  }

  boolean wantsTrace() {
    return Declared.isSet(trace);
  }

  boolean wantsStackTrace() {
    return Declared.isSet(stackTrace);
  }
}
