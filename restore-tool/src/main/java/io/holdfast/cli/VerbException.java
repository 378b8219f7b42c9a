package io.holdfast.cli;

import io.holdfast.model.HoldfastException;

/** A verb cannot do what was asked, for a reason of the tool's own. */
final class VerbException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  VerbException(ExitCode exitCode, String problem, String remedy) {
    super(problem, remedy);
    this.exitCode = exitCode;
  }

  ExitCode exitCode() {
    return exitCode;
  }
}
