package io.holdfast.cli;

import java.util.Map;

/** What a verb found out: the same for people and for programs. */
interface Finding {
  /** The stable fields, for programs. */
  Map<String, Object> document();

  /** Prints it for people. */
  void print(Console console);

  /** How the verb ends. */
  default ExitCode exitCode() {
    return ExitCode.OK;
  }
}
