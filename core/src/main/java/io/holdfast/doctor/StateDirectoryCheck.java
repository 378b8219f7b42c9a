package io.holdfast.doctor;

import io.holdfast.disk.Privacy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether the folder of the journals is the caller's own: who can write there can tell a restore
 * what to map.
 */
final class StateDirectoryCheck {
  private static final String NAME = "state-directory";

  private StateDirectoryCheck() {}

  static HostCheck of(Path directory) {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return HostCheck.ok(NAME, directory + " is not there yet; it will be created with mode 0700");
    }
    try {
      return Privacy.ofFolder(directory)
          .or(() -> parents(directory))
          .map(breach -> HostCheck.notOk(NAME, breach.problem(), breach.remedy()))
          .orElseGet(() -> HostCheck.ok(NAME, directory + " belongs to this user alone"));
    } catch (IOException | UncheckedIOException | UnsupportedOperationException e) {
      return HostCheck.notOk(
          NAME, directory + " cannot be looked at: " + e.getMessage(), "run as its owner");
    }
  }

  private static Optional<Privacy.Breach> parents(Path directory) {
    try {
      return Privacy.ofParents(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
