package io.holdfast.cli;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** One verb of the tool. */
abstract class Verb implements Callable<Integer> {
  private HoldfastCommand tool;
  private CommandSpec spec;
  private Console console;
  private Finding found;

  /** A verb that is declared by annotations. */
  Verb() {}

  /** A verb that declares itself by calls, which an update does not have to wait for. */
  Verb(String name) {
    spec = CommandSpec.wrapWithoutInspection(this).name(name);
  }

  /** The verb's definition, to be completed by its constructor. */
  final CommandSpec declared() {
    return spec;
  }

  /** The verb as a part of the tool's command line. */
  final CommandLine commandLine(HoldfastCommand newTool, Console newConsole) {
    tool = newTool;
    console = newConsole;
    CommandLine commandLine = spec == null ? new CommandLine(this) : new CommandLine(spec);
    spec = commandLine.getCommandSpec();
    return commandLine;
  }

  /** Does what the verb is for; what cannot be done is thrown. */
  abstract ExitCode run() throws Exception;

  @Override
  public final Integer call() throws Exception {
    ExitCode code;
    try {
      code = run();
    } catch (Throwable failed) {
      // People see both; for programs the document is the failure's.
      if (found != null && !tool.isJson()) {
        found.print(console());
      }
      throw failed;
    }
    if (found != null) {
      showNow(found, console());
    }
    return code.code();
  }

  final HoldfastCommand tool() {
    return tool;
  }

  final Console console() {
    return Objects.requireNonNull(console, "a verb that runs is made by Verbs");
  }

  /** The definitions of the whole command line. */
  final CommandLine toolCommandLine() {
    return spec.root().commandLine();
  }

  /** The verb's name on the command line. */
  final String name() {
    return spec.name();
  }

  /**
   * Shows what was found as the command line asks for it, and returns how the verb ends. It is
   * printed once {@link #run} has closed everything: what fails until then is what is told.
   */
  final ExitCode show(Finding finding) {
    found = finding;
    return finding.exitCode();
  }

  /** Shows what was found at once: more is to come, or the process may not come back. */
  final void showNow(Finding finding, Console where) {
    if (tool.isJson()) {
      where.document(name(), finding.document());
    } else {
      finding.print(where);
    }
    where.flush();
  }

  /** The path that an argument names. */
  final Path path(String text) {
    try {
      return new PathConverter().convert(text);
    } catch (TypeConversionException e) {
      throw misused(e.getMessage());
    }
  }

  /** The exception that ends in a message about wrong usage of this verb. */
  final ParameterException misused(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
