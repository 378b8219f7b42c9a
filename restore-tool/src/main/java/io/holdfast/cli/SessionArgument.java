package io.holdfast.cli;

import picocli.CommandLine.Option;

/** The option that names a session. */
final class SessionArgument {
  @Option(
      names = "--session",
      required = true,
      paramLabel = "NAME",
      converter = SessionNameConverter.class,
      description = "The session, as the driver named it.")
  private String name;

  String name() {
    return name;
  }
}
