package io.holdfast;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

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
    if (!Files.isDirectory(directory)) {
      return HostCheck.notOk(NAME, directory + " is not a folder", "name another with --state");
    }
    try {
      return ofFolder(directory, Files.readAttributes(directory, PosixFileAttributes.class));
    } catch (IOException | UnsupportedOperationException e) {
      return HostCheck.notOk(
          NAME, directory + " cannot be looked at: " + e.getMessage(), "run as its owner");
    }
  }

  private static HostCheck ofFolder(Path directory, PosixFileAttributes attributes)
      throws IOException {
    Set<PosixFilePermission> others = EnumSet.copyOf(PosixFilePermissions.fromString("---rwxrwx"));
    others.retainAll(attributes.permissions());
    if (!others.isEmpty()) {
      return HostCheck.notOk(
          NAME,
          directory
              + " is open to others ("
              + PosixFilePermissions.toString(attributes.permissions())
              + ")",
          "chmod 0700 " + directory);
    }
    // The kernel gives a process's own folder in /proc the process's effective user.
    boolean ours = Files.getOwner(Path.of("/proc/self")).equals(attributes.owner());
    String owner = attributes.owner().getName();
    return ours
        ? HostCheck.ok(NAME, directory + " belongs to " + owner + " alone")
        : HostCheck.notOk(
            NAME,
            directory + " belongs to " + owner + ", who can change what a restore maps",
            "run as " + owner + ", or name another folder with --state");
  }
}
