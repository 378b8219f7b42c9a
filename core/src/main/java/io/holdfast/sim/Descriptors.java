package io.holdfast.sim;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * One process's table of descriptors. The lowest free number is given out, from 3 on; EMFILE at the
 * limit.
 */
final class Descriptors {
  /** Standard input, output and error are not simulated. */
  static final int FIRST = 3;

  private record Entry(OpenFile file, boolean closeOnExec) {}

  private final List<Entry> entries = new ArrayList<>();
  private final PriorityQueue<Integer> gaps = new PriorityQueue<>();
  private int limit;
  private final OpenFileCount count;

  Descriptors(int limit, OpenFileCount count) {
    this.limit = limit;
    this.count = count;
  }

  /** What RLIMIT_NOFILE is from now on; descriptors above it stay open. */
  void limit(int descriptors) {
    limit = descriptors;
  }

  /** Installs a file, which it holds from then on. */
  int install(OpenFile file, boolean closeOnExec) {
    reserve();
    file.hold();
    file.countIn(count);
    Integer gap = gaps.poll();
    if (gap != null) {
      entries.set(gap - FIRST, new Entry(file, closeOnExec));
      return gap;
    }
    entries.add(new Entry(file, closeOnExec));
    return FIRST + entries.size() - 1;
  }

  /** Fails with EMFILE if no number is left. */
  void reserve() {
    if (gaps.isEmpty() && FIRST + entries.size() >= limit) {
      throw Failure.of(Errno.EMFILE);
    }
  }

  /** Installs a file under a certain free number, as inheriting does. */
  private void installAt(int fd, OpenFile file, boolean closeOnExec) {
    while (entries.size() <= fd - FIRST) {
      entries.add(null);
      gaps.add(FIRST + entries.size() - 1);
    }
    gaps.remove(fd);
    entries.set(fd - FIRST, new Entry(file, closeOnExec));
    file.hold();
  }

  /** Installs a file under the lowest free number from {@code least} on. */
  private int installFrom(int least, OpenFile file, boolean closeOnExec) {
    if (least < 0 || least >= limit) {
      throw Failure.of(Errno.EINVAL);
    }
    int fd = Math.max(least, FIRST);
    while (isOpen(fd)) {
      fd++;
    }
    if (fd >= limit) {
      throw Failure.of(Errno.EMFILE);
    }
    installAt(fd, file, closeOnExec);
    return fd;
  }

  /** {@code dup2(2)}: makes a number, open or not, refer to another's file. */
  int duplicate(int fd, int newFd) {
    OpenFile file = get(fd);
    if (newFd < FIRST || newFd >= limit) {
      throw Failure.of(Errno.EBADF);
    }
    if (newFd != fd) {
      file.hold();
      if (isOpen(newFd)) {
        close(newFd);
      }
      installAt(newFd, file, false);
      file.put();
    }
    return newFd;
  }

  /** {@code fcntl(2)}. */
  int control(int fd, int command, long argument) {
    OpenFile file = get(fd);
    return switch (command) {
      case FcntlUapi.F_GETFD -> entry(fd).closeOnExec() ? FcntlUapi.FD_CLOEXEC : 0;
      case FcntlUapi.F_SETFD -> {
        boolean closeOnExec = (argument & FcntlUapi.FD_CLOEXEC) != 0;
        entries.set(fd - FIRST, new Entry(file, closeOnExec));
        yield 0;
      }
      case FcntlUapi.F_GETFL -> file.statusFlags();
      case FcntlUapi.F_DUPFD_CLOEXEC -> installFrom((int) argument, file, true);
      case FcntlUapi.F_GET_SEALS -> memfd(file).memory().seals();
      case FcntlUapi.F_ADD_SEALS -> memfd(file).addSeals((int) argument);
      default -> throw Failure.of(Errno.EINVAL);
    };
  }

  private static MemfdFile memfd(OpenFile file) {
    if (file instanceof MemfdFile memfd) {
      return memfd;
    }
    throw Failure.of(Errno.EINVAL);
  }

  private boolean isOpen(int fd) {
    return fd >= FIRST && fd - FIRST < entries.size() && entries.get(fd - FIRST) != null;
  }

  OpenFile get(int fd) {
    return entry(fd).file();
  }

  /** The file behind a descriptor's link in /proc; ENOENT if there is none. */
  OpenFile find(String number) {
    for (int fd : numbers()) {
      if (Integer.toString(fd).equals(number)) {
        return get(fd);
      }
    }
    throw Failure.of(Errno.ENOENT);
  }

  void close(int fd) {
    OpenFile file = entry(fd).file();
    entries.set(fd - FIRST, null);
    gaps.add(fd);
    file.put();
  }

  /** The numbers in use, ascending. */
  List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i) != null) {
        numbers.add(FIRST + i);
      }
    }
    return numbers;
  }

  void closeAll() {
    numbers().forEach(this::close);
  }

  /** What {@code execve(2)} does to the table. */
  void closeOnExec() {
    numbers().stream().filter(fd -> entry(fd).closeOnExec()).toList().forEach(this::close);
  }

  private Entry entry(int fd) {
    Entry entry = fd < FIRST || fd - FIRST >= entries.size() ? null : entries.get(fd - FIRST);
    if (entry == null) {
      throw Failure.of(Errno.EBADF);
    }
    return entry;
  }
}
