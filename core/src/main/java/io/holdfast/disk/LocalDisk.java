package io.holdfast.disk;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.holdfast.sys.NativeSyscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The file system of this machine. */
enum LocalDisk implements Disk {
  INSTANCE;

  private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER_MODE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  @Override
  public void createFolders(Path folder) throws IOException {
    if (!Files.exists(folder, NOFOLLOW_LINKS)) {
      Files.createDirectories(folder, FOLDER_MODE);
    }
  }

  @Override
  public DiskFile create(Path file) throws IOException {
    return LocalDiskFile.open(file, Set.of(CREATE_NEW, READ, WRITE), FILE_MODE);
  }

  @Override
  public DiskFile open(Path file, boolean writable) throws IOException {
    return LocalDiskFile.openPlain(file, writable ? Set.of(READ, WRITE) : Set.of(READ));
  }

  @Override
  public DiskLock lock(Path file, String note) throws IOException {
    return OpenFileLock.acquire(NativeSyscalls.open(), file, note);
  }

  @Override
  public void forceFolder(Path folder) throws IOException {
    try (DiskFile opened = LocalDiskFile.open(folder, Set.of(READ))) {
      opened.force(true);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, ATOMIC_MOVE, REPLACE_EXISTING);
  }

  @Override
  public void link(Path name, Path existing) throws IOException {
    Files.createLink(name, existing);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return Files.deleteIfExists(file);
  }

  @Override
  public List<Path> list(Path folder) throws IOException {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.toList();
    }
  }
}
