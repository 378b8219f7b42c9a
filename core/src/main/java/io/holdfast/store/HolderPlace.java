package io.holdfast.store;

import static io.holdfast.uapi.FcntlUapi.AT_FDCWD;
import static io.holdfast.uapi.FcntlUapi.AT_SYMLINK_NOFOLLOW;
import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.linux.KernelErrors;
import io.holdfast.linux.UnixSocket;
import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Where a holder's socket is: in a directory that is its user's alone. */
final class HolderPlace {
  /** Names the socket of the holder to use. */
  static final String VARIABLE = "HOLDFAST_HOLDER";

  private static final int OTHERS = 077;

  private HolderPlace() {}

  /** The path that an environment names, or the usual one of its user. */
  static String path(Syscalls syscalls, Map<String, String> environment) {
    String named = environment.getOrDefault(VARIABLE, "");
    if (!named.isEmpty()) {
      return named;
    }
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    boolean own = syscalls.geteuid() != 0 && runtime.startsWith("/");
    return (own ? runtime : "/run") + "/holdfast/holder.sock";
  }

  /** Whether there is a socket's node at a path. */
  static boolean exists(Syscalls syscalls, String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
      return stat(syscalls, path, status) == 0
          && (statx.stx_mode.get(status) & StatUapi.S_IFMT) == StatUapi.S_IFSOCK;
    }
  }

  private static int stat(Syscalls syscalls, String path, MemorySegment status) {
    return syscalls.statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, status);
  }

  /** Listens at a path, in a directory that it makes if need be. */
  static UnixSocket listen(Syscalls syscalls, String path) {
    String directory = path.substring(0, path.lastIndexOf('/'));
    int made = syscalls.mkdir(directory, 0700);
    if (made < 0 && made != -Errno.EEXIST) {
      throw KernelErrors.of("mkdir", made, directory);
    }
    requirePrivate(syscalls, directory);
    try {
      return UnixSocket.listen(syscalls, path);
    } catch (KernelException refused) {
      if (refused.errno() != Errno.EADDRINUSE) {
        throw refused;
      }
      removeStale(syscalls, path);
      return UnixSocket.listen(syscalls, path);
    }
  }

  private static void requirePrivate(Syscalls syscalls, String directory) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
      KernelErrors.check(stat(syscalls, directory, status), "statx", directory);
      int mode = statx.stx_mode.get(status);
      if ((mode & StatUapi.S_IFMT) != StatUapi.S_IFDIR
          || (mode & OTHERS) != 0
          || statx.stx_uid.get(status) != syscalls.geteuid()) {
        throw new StoreException(
            "%s is not a directory of this user's with mode 0700 (user %s, mode 0%o)"
                .formatted(
                    directory, Integer.toUnsignedString(statx.stx_uid.get(status)), mode & 07777),
            "give the holder a directory of its own");
      }
    }
  }

  /** Removes the node that a dead holder has left. */
  private static void removeStale(Syscalls syscalls, String path) {
    if (!exists(syscalls, path)) {
      throw new StoreException(path + " is there and is no socket", "give the holder another path");
    }
    try (UnixSocket running = UnixSocket.connect(syscalls, path)) {
      throw new StoreException(
          "a holder is running at %s (process %d)".formatted(path, running.peer().pid()),
          "use it; to replace it by this version: holdfast hold --take-over");
    } catch (KernelException refused) {
      if (refused.errno() != Errno.ECONNREFUSED) {
        throw refused;
      }
      KernelErrors.check(syscalls.unlink(path), "unlink", path);
    }
  }
}
