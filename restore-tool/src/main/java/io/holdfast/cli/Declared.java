package io.holdfast.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/**
 * Options that are declared by calls.
 *
 * <p>picocli's annotations cost a start some 30 ms: reading them by reflection makes the JVM
 * generate a class for each kind of annotation. What an update waits for does without.
 */
final class Declared {
  private Declared() {}

  /** An option that is there or not. */
  static OptionSpec.Builder flag(String name, String... description) {
    return OptionSpec.builder(name).type(boolean.class).description(description);
  }

  /** An option that names a file or directory. */
  static OptionSpec.Builder path(String name, String label, String... description) {
    return OptionSpec.builder(name)
        .type(Path.class)
        .converters(new PathConverter())
        .paramLabel(label)
        .description(description);
  }

  /** An option that the tool and each of its verbs have. */
  static OptionSpec everywhere(OptionSpec.Builder option) {
    return option.scopeType(ScopeType.INHERIT).build();
  }

  /** Puts an option into a command. */
  static OptionSpec in(CommandSpec command, OptionSpec.Builder option) {
    OptionSpec built = option.build();
    command.addOption(built);
    return built;
  }

  /** Whether a flag was given. */
  static boolean isSet(OptionSpec flag) {
    return Boolean.TRUE.equals(flag.getValue());
  }
}
