package io.holdfast.cli;

import io.holdfast.engine.Program;
import io.holdfast.session.SessionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The options that say who gets what was taken out of the kernel. */
final class HandOverArguments {
  /** How much of the kernel's room for arguments is left for the names of what is handed over. */
  private static final int NAMES_BYTES = 16 << 10;

  private final OptionSpec exec;
  private final PositionalParamSpec command;

  HandOverArguments(CommandSpec spec) {
    exec =
        Declared.in(
            spec,
            Declared.flag(
                "--exec",
                "Become COMMAND afterwards, which inherits the descriptors (LISTEN_FDS,"
                    + " LISTEN_FDNAMES)."));
    command =
        PositionalParamSpec.builder()
            .arity("0..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .paramLabel("COMMAND")
            .description(
                "With --exec: the program to become, and its arguments; write -- before it.")
            .build();
    spec.addPositional(command);
  }

  boolean isExec() {
    return Declared.isSet(exec);
  }

  List<String> command() {
    List<String> words = command.getValue();
    return words == null ? List.of() : words;
  }

  /**
   * Refuses what cannot work before anything is taken out of the kernel, which can be done once.
   */
  void check(Verb verb) {
    check(verb, isExec(), command());
  }

  /** As {@link #check(Verb)}, for a verb that reads the options itself. */
  static void check(Verb verb, boolean exec, List<String> command) {
    if (exec && command.isEmpty()) {
      throw verb.misused("--exec needs a command: --exec -- COMMAND");
    }
    if (!exec && !command.isEmpty()) {
      throw verb.misused(
          "\"" + command.getFirst() + "\" is left over; a command needs --exec before it");
    }
    if (exec && find(command.getFirst(), System.getenv("PATH")).isEmpty()) {
      throw new VerbException(
          ExitCode.COMMAND_FAILED,
          "there is no program \"" + command.getFirst() + "\" that can be run",
          "give its path; nothing was taken out of the kernel");
    }
    if (exec) {
      try {
        List<String> environment = new ArrayList<>();
        System.getenv().forEach((name, value) -> environment.add(name + "=" + value));
        environment.add("LISTEN_FDNAMES=" + "x".repeat(NAMES_BYTES));
        Program.check(command, System.getenv(), environment);
      } catch (SessionException refused) {
        throw new VerbException(ExitCode.COMMAND_FAILED, refused.problem(), refused.remedy());
      }
    }
  }

  /** Where a program is, by the rules of {@code execvp(3)}. */
  static Optional<Path> find(String program, String searchPath) {
    if (program.indexOf('/') >= 0) {
      return Optional.of(Path.of(program)).filter(HandOverArguments::isProgram);
    }
    for (String folder : (searchPath == null ? "/bin:/usr/bin" : searchPath).split(":", -1)) {
      Path candidate = Path.of(folder).resolve(program);
      if (isProgram(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static boolean isProgram(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }
}
