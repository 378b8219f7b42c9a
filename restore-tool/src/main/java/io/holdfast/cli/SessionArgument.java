package io.holdfast.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The option that names a session. */
final class SessionArgument {
  private final OptionSpec name;

  SessionArgument(CommandSpec command) {
    name =
        Declared.in(
            command,
            OptionSpec.builder("--session")
                .required(true)
                .type(String.class)
                .paramLabel("NAME")
                .converters(new SessionNameConverter())
                .description("The session, as the driver named it."));
  }

  String name() {
    return name.getValue();
  }
}
