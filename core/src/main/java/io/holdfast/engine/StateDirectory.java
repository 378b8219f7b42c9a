package io.holdfast.engine;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.holdfast.disk.Disk;
import io.holdfast.disk.DiskFile;
import io.holdfast.disk.FileErrors;
import io.holdfast.disk.Privacy;
import io.holdfast.model.Names;
import io.holdfast.serializer.Manifest;
import io.holdfast.session.SessionException;
import io.holdfast.session.UntrustedFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder a session keeps its files in: {@code STATE/NAME/journal} and {@code
 * STATE/NAME/manifest}.
 *
 * <p>Private: 0700 folders and 0600 files that belong to this user, created so and refused
 * otherwise, as are ones in a directory that others can write; symbolic links are not followed.
 * Physical addresses and IOVAs are nobody else's business, and a manifest that others can write
 * would let them aim DMA. Not thread-safe.
 */
public final class StateDirectory {
  private final Disk disk;
  private final Path folder;

  private StateDirectory(Disk disk, Path folder) {
    this.disk = disk;
    this.folder = folder;
  }

  /** A session's folder, without looking at it: for reading what may be there. */
  public static StateDirectory of(Path stateDirectory, String session) {
    return of(Disk.local(), stateDirectory, session);
  }

  private static StateDirectory of(Disk disk, Path stateDirectory, String session) {
    return new StateDirectory(
        disk, stateDirectory.toAbsolutePath().resolve(Names.checkSession(session)));
  }

  /**
   * A session's folder, made if it is not there, and refused if others could look or write into it.
   */
  static StateDirectory prepare(Disk disk, Path stateDirectory, String session) {
    StateDirectory state = of(disk, stateDirectory, session);
    try {
      refuse(Privacy.ofParents(state.folder)); // Before anything is made in another's directory.
      disk.createFolders(state.folder);
    } catch (IOException e) {
      throw new SessionException(
          "cannot create the state directory " + state.folder + ": " + e,
          "choose one that this user can write",
          e);
    }
    state.requirePrivate();
    return state;
  }

  private void requirePrivate() {
    try {
      refuse(Privacy.ofFolder(folder));
      refuse(Privacy.ofParents(folder));
    } catch (IOException e) {
      throw new SessionException(
          "cannot look at " + folder + " (" + FileErrors.describe(e) + ")", "check the path", e);
    }
  }

  private static void refuse(Optional<Privacy.Breach> breach) {
    if (breach.isPresent()) {
      throw new UntrustedFileException(breach.get().problem(), breach.get().remedy());
    }
  }

  /** The disk it is on. */
  Disk disk() {
    return disk;
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
    requirePrivate();
    try {
      refuse(Privacy.ofFile(manifest(), false));
      return Optional.of(read());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new SessionException("cannot read " + manifest() + ": " + e, "check the disk", e);
    }
  }

  private byte[] read() throws IOException {
    try (DiskFile file = disk.open(manifest(), false)) {
      long size = file.sizeBytes();
      if (size > Manifest.MAX_BYTES) {
        throw new SessionException(
            manifest() + " has " + size + " bytes, more than a manifest can have",
            "it is not a manifest; remove it");
      }
      byte[] bytes = new byte[(int) size];
      file.read(ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  /**
   * Puts a manifest there, whole or not at all; when this returns, file and folder are on the disk.
   */
  void writeManifest(byte[] manifest) {
    Path fresh = folder.resolve("manifest.new");
    try {
      disk.delete(fresh);
      try (DiskFile file = disk.create(fresh)) {
        file.write(ByteBuffer.wrap(manifest), 0);
        file.force(true);
      }
      disk.rename(fresh, manifest());
      disk.forceFolder(folder);
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
      if (disk.delete(manifest())) {
        disk.forceFolder(folder);
      }
    } catch (IOException e) {
      throw new SessionException("cannot remove " + manifest() + ": " + e, "remove it by hand", e);
    }
  }
}
