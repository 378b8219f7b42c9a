package io.holdfast.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say where a file goes. */
final class OutputArguments {
  @Option(
      names = "--file",
      paramLabel = "FILE",
      converter = PathConverter.class,
      description = "Write it there, whole or not at all, readable by this user only.")
  private Path file;

  @Option(names = "--force", description = "Replace a file that is there.")
  private boolean replace;

  Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  boolean isReplacing() {
    return replace;
  }
}
