package io.holdfast.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** One verb of the tool. */
@Command
abstract class Verb implements Callable<Integer> {
  @ParentCommand private HoldfastCommand tool;
  @Spec private CommandSpec spec;
  private Console console;

  final void speakTo(Console newConsole) {
    console = newConsole;
  }

  /** Does what the verb is for; what cannot be done is thrown. */
  abstract ExitCode run() throws Exception;

  @Override
  public final Integer call() throws Exception {
    return run().code();
  }

  final HoldfastCommand tool() {
    return tool;
  }

  final Console console() {
    return Objects.requireNonNull(console, "a verb is made by Verbs");
  }

  /** Shows what was found as the command line asks for it, and answers how the verb ends. */
  final ExitCode show(Finding finding) {
    if (tool.isJson()) {
      console.document(finding.document());
    } else {
      finding.print(console);
    }
    return finding.exitCode();
  }

  /** The exception that ends in a message about wrong usage of this verb. */
  final ParameterException misused(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
