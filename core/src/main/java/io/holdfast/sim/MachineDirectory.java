package io.holdfast.sim;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The directory a simulated machine is kept in, and the lock that makes one process its owner.
 *
 * <pre>
 *   owner      process id and start time (ms) of the owner, locked while the machine is open
 *   machine    what the machine is made of
 *   boot       this boot: generation, boot id, drivers, who else's frames
 *   sessions   a log of LUO sessions
 *   memory/    N: the bytes of memfd inode N; N.frames: where they are, once preserved
 *   devices/   BDF: configuration space and state of a device
 * </pre>
 *
 * <p>Files are replaced by rename, so that a reader sees the old or the new one. Nothing is
 * fsynced: the page cache survives the death of the process, and a simulated machine need not
 * survive that of the real one.
 */
final class MachineDirectory implements AutoCloseable {
  private static final int MAGIC = 0x4846_534d;
  private static final int VERSION = 6;
  private static final int LARGEST_FILE_BYTES = 64 << 20;

  /** Who has the directory, or had it last. */
  record Owner(long pid, long startMillis) {
    /** The process, if it is still there and the same. */
    Optional<ProcessHandle> alive() {
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .filter(each -> start(each) == startMillis);
    }

    static Owner self() {
      ProcessHandle self = ProcessHandle.current();
      return new Owner(self.pid(), start(self));
    }

    private static long start(ProcessHandle process) {
      return process.info().startInstant().map(java.time.Instant::toEpochMilli).orElse(0L);
    }
  }

  /** Writes one of the directory's files. */
  @FunctionalInterface
  interface Encoder {
    void encode(DataOutputStream out) throws IOException;
  }

  /** Reads one of the directory's files. */
  @FunctionalInterface
  interface Decoder<T> {
    T decode(DataInputStream in) throws IOException;
  }

  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  private MachineDirectory(Path directory, FileChannel channel, FileLock lock) {
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
  }

  /** Refuses a directory without a machine. */
  static void requireMachine(Path path) {
    if (!isMachine(path)) {
      throw new SimulatedKernelException(
          "there is no simulated machine in " + path, "create one first");
    }
  }

  /** Takes the directory for this process; refuses one that somebody has. */
  static MachineDirectory own(Path path) {
    return tryOwn(path)
        .orElseThrow(() ->
            new SimulatedKernelException(
                "the simulated machine in %s is in use%s"
                    .formatted(
                        path, readOwner(path).map(it -> " by process " + it.pid()).orElse("")),
                "one process at a time can have it open: end that one first"));
  }

  /** Takes the directory for this process, or answers nothing if somebody has it. */
  static Optional<MachineDirectory> tryOwn(Path directory) {
    try {
      FileChannel channel =
          FileChannel.open(
              directory.resolve("owner"),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        return Optional.empty();
      }
      return Optional.of(new MachineDirectory(directory, channel, lock));
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  static void makeDirectory(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  static boolean isMachine(Path directory) {
    return Files.isRegularFile(directory.resolve("machine"));
  }

  /** Who is, or was last, the owner; read without owning the directory. */
  static Optional<Owner> readOwner(Path directory) {
    try {
      String[] words =
          Files.readString(directory.resolve("owner"), StandardCharsets.US_ASCII)
              .strip()
              .split(" ", -1);
      return words.length == 2
          ? Optional.of(new Owner(Long.parseLong(words[0]), Long.parseLong(words[1])))
          : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Leaves this process's id for whoever wants to kill it. */
  void signOwner() {
    Owner self = Owner.self();
    byte[] text =
        (self.pid() + " " + self.startMillis() + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(text), 0);
    } catch (IOException e) {
      throw unusable(directory, e);
    }
  }

  Path path() {
    return directory;
  }

  Path memory(long inode) {
    return directory.resolve("memory").resolve(Long.toString(inode));
  }

  Path device(String name) {
    return directory.resolve("devices").resolve(name);
  }

  /** What a device keeps without power. */
  Path storage(String name) {
    Path all = directory.resolve("storage");
    makeDirectory(all);
    return all.resolve(name);
  }

  /** Replaces a file. */
  void write(Path file, Encoder encoder) {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      encoder.encode(out);
      Files.write(next, bytes.toByteArray());
      Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  <T> T read(Path file, Decoder<T> decoder) {
    try {
      if (Files.size(file) > LARGEST_FILE_BYTES) {
        throw new IOException("longer than any such file");
      }
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(Files.readAllBytes(file)));
      if (in.readInt() != MAGIC || in.readInt() != VERSION) {
        throw new IOException("not a file of this version of the simulation");
      }
      return decoder.decode(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new SimulatedKernelException(
          "cannot read %s of the simulated machine: %s".formatted(file, e.getMessage()),
          "remove the directory and start with a new machine",
          e);
    }
  }

  private static SimulatedKernelException unusable(Path directory, IOException e) {
    return new SimulatedKernelException(
        "cannot keep a simulated machine in %s: %s".formatted(directory, e),
        "name a directory that can be written",
        e);
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
