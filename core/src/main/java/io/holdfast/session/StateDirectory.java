package io.holdfast.session;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The folder a session keeps its files in: {@code STATE/NAME/journal} and {@code
 * STATE/NAME/manifest}.
 *
 * <p>Private: 0700 folders and 0600 files that belong to this user, created so and refused
 * otherwise; symbolic links are not followed. Physical addresses and IOVAs are nobody else's
 * business, and a manifest that others can write would let them aim DMA. Not thread-safe.
 */
public final class StateDirectory {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path folder;

  private StateDirectory(Path folder) {
    this.folder = folder;
  }

  /** A session's folder, without looking at it: for reading what may be there. */
  public static StateDirectory of(Path stateDirectory, String session) {
    return new StateDirectory(stateDirectory.toAbsolutePath().resolve(SessionName.check(session)));
  }

  /**
   * A session's folder, made if it is not there, and refused if others could look or write into it.
   */
  static StateDirectory prepare(Path stateDirectory, String session) {
    StateDirectory state = of(stateDirectory, session);
    try {
      Files.createDirectories(state.folder.getParent(), OWNER_FOLDER);
      if (Files.notExists(state.folder, NOFOLLOW_LINKS)) {
        Files.createDirectory(state.folder, OWNER_FOLDER);
      }
    } catch (IOException e) {
      throw new SessionException(
          "cannot create the state directory " + state.folder + ": " + e,
          "choose one that this user can write",
          e);
    }
    requirePrivate(state.folder);
    return state;
  }

  /** Refuses a file or folder that others may open, or that belongs to somebody else. */
  private static void requirePrivate(Path path) {
    try {
      PosixFileAttributes attributes =
          Files.readAttributes(path, PosixFileAttributes.class, NOFOLLOW_LINKS);
      if (attributes.isSymbolicLink()) {
        throw new SessionException(path + " is a symbolic link", "use the real path");
      }
      Set<PosixFilePermission> permissions = attributes.permissions();
      String shown = PosixFilePermissions.toString(permissions);
      if (!shown.endsWith("------")) {
        throw new SessionException(
            path + " is open to others (" + shown + ")", "close it: chmod go-rwx " + path);
      }
      String owner = attributes.owner().getName();
      Path self = Path.of("/proc/self");
      String user =
          Files.exists(self) ? Files.getOwner(self).getName() : System.getProperty("user.name");
      if (!owner.equals(user)) {
        throw new SessionException(
            path + " belongs to " + owner + ", not to " + user,
            "run as " + owner + " or choose another folder");
      }
    } catch (IOException e) {
      throw new SessionException("cannot look at " + path + ": " + e, "", e);
    }
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** The journal's file. */
  public Path journal() {
    return folder.resolve("journal");
  }

  /** The sealed manifest's file. */
  public Path manifest() {
    return folder.resolve("manifest");
  }

  /** The sealed manifest's bytes, if there is one. */
  public Optional<byte[]> readManifest() {
    if (Files.notExists(manifest(), NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    requirePrivate(folder);
    requirePrivate(manifest());
    try (FileChannel channel = FileChannel.open(manifest(), Set.of(READ, NOFOLLOW_LINKS))) {
      long size = channel.size();
      if (size > Manifest.MAX_BYTES) {
        throw new SessionException(
            manifest() + " has " + size + " bytes, more than a manifest can have",
            "it is not a manifest; remove it");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
      return Optional.of(bytes.array());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new SessionException("cannot read " + manifest() + ": " + e, "", e);
    }
  }

  /**
   * Puts a manifest there, whole or not at all; when this returns, file and folder are on the disk.
   */
  void writeManifest(byte[] manifest) {
    Path fresh = folder.resolve("manifest.new");
    try {
      Files.deleteIfExists(fresh);
      try (FileChannel channel =
          FileChannel.open(
              fresh, Set.of(CREATE, WRITE, TRUNCATE_EXISTING, NOFOLLOW_LINKS), OWNER_FILE)) {
        ByteBuffer bytes = ByteBuffer.wrap(manifest);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(
          fresh, manifest(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceFolder();
    } catch (IOException e) {
      throw new SessionException(
          "cannot write " + manifest() + ": " + e,
          "the session was not preserved; make room and preserve again",
          e);
    }
  }

  /** Removes the manifest, durably; nothing to remove is fine. */
  void deleteManifest() {
    try {
      if (Files.deleteIfExists(manifest())) {
        forceFolder();
      }
    } catch (IOException e) {
      throw new SessionException("cannot remove " + manifest() + ": " + e, "remove it by hand", e);
    }
  }

  private void forceFolder() throws IOException {
    try (FileChannel channel = FileChannel.open(folder, READ)) {
      channel.force(true);
    }
  }
}
