package io.holdfast.disk;

import io.holdfast.sys.Errno;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Undo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * A file at a path that somebody else may have chosen: found out what it is before it is opened,
 * and still the same file then.
 *
 * <p>It is pinned with {@code O_PATH}, which neither waits for the other end of a FIFO nor does
 * anything to a device, and looked at through that descriptor; {@link #path} opens the very file
 * that was looked at, whatever has been put at its path meanwhile. A symbolic link in the last part
 * of the path is not followed. Not thread-safe.
 */
public final class PlainFile implements AutoCloseable {
  private static final int O_PATH = 010000000;
  private static final int O_CLOEXEC = 02000000;

  /** x86-64 ({@code asm-generic/fcntl.h}) and arm64 ({@code asm/fcntl.h}) differ here. */
  private static final int O_NOFOLLOW =
      System.getProperty("os.arch").equals("aarch64") ? 0100000 : 0400000;

  private static final int TYPE_MASK = 0170000;
  private static final int REGULAR = 0100000;

  private final Path name;
  private final int fd;
  private final int mode;
  private final int uid;
  private final int gid;
  private final long sizeBytes;

  private PlainFile(Path name, int fd) throws IOException {
    this.name = name;
    this.fd = fd;
    Map<String, Object> attributes = Files.readAttributes(path(), "unix:mode,uid,gid,size");
    this.mode = (Integer) attributes.get("mode");
    this.uid = (Integer) attributes.get("uid");
    this.gid = (Integer) attributes.get("gid");
    this.sizeBytes = (Long) attributes.get("size");
  }

  /**
   * Pins a file.
   *
   * @throws NotPlainFileException if something else is there
   * @throws NoSuchFileException if nothing is
   * @throws AccessDeniedException if a directory on the way may not be searched
   */
  public static PlainFile pin(Path path) throws IOException {
    int fd =
        NativeSyscalls.open()
            .open(path.toAbsolutePath().toString(), O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) {
      throw switch (-fd) {
        case Errno.ENOENT, Errno.ENOTDIR -> new NoSuchFileException(path.toString());
        case Errno.EACCES, Errno.EPERM -> new AccessDeniedException(path.toString());
        default -> new FileSystemException(path.toString(), null, Errno.describe(-fd));
      };
    }
    try (Undo undo = new Undo()) {
      undo.with(() -> NativeSyscalls.open().close(fd));
      PlainFile file = new PlainFile(path, fd);
      if ((file.mode & TYPE_MASK) != REGULAR) {
        throw new NotPlainFileException(path, file.mode & TYPE_MASK);
      }
      undo.forget();
      return file;
    }
  }

  /** The path it was found at, for people. */
  public Path name() {
    return name;
  }

  /** The path that opens this very file while it is pinned. */
  public Path path() {
    return Path.of("/proc/self/fd/" + fd);
  }

  /** Its permission bits. */
  public int permissions() {
    return mode & 07777;
  }

  /** The user it belongs to. */
  public int uid() {
    return uid;
  }

  /** The group it belongs to. */
  public int gid() {
    return gid;
  }

  /** How long it was when it was pinned. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Its first bytes: at most {@code maxBytes}, and none that were appended since it was pinned. */
  public byte[] read(int maxBytes) throws IOException {
    try (InputStream input = Channels.newInputStream(open(Set.of(StandardOpenOption.READ)))) {
      return input.readNBytes((int) Math.min(maxBytes, sizeBytes));
    }
  }

  /** Opens it. */
  FileChannel open(Set<? extends OpenOption> options) throws IOException {
    try {
      return FileChannel.open(path(), options);
    } catch (AccessDeniedException e) {
      throw new AccessDeniedException(name.toString());
    } catch (FileSystemException e) {
      throw new FileSystemException(name.toString(), null, e.getReason());
    }
  }

  @Override
  public void close() {
    NativeSyscalls.open().close(fd);
  }
}
