package io.holdfast.sim;

import io.holdfast.sys.Errno;
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
  private final int limit;

  Descriptors(int limit) {
    this.limit = limit;
  }

  /** Installs a file, which it holds from then on. */
  int install(OpenFile file, boolean closeOnExec) {
    reserve();
    file.hold();
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
  void installAt(int fd, OpenFile file, boolean closeOnExec) {
    while (entries.size() <= fd - FIRST) {
      entries.add(null);
      gaps.add(FIRST + entries.size() - 1);
    }
    gaps.remove(fd);
    entries.set(fd - FIRST, new Entry(file, closeOnExec));
    file.hold();
  }

  /** Installs a file under the lowest free number from {@code least} on. */
  int installFrom(int least, OpenFile file, boolean closeOnExec) {
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

  /** Makes a number, open or not, refer to a file. */
  void replace(int fd, OpenFile file) {
    file.hold();
    if (isOpen(fd)) {
      close(fd);
    }
    installAt(fd, file, false);
    file.put();
  }

  private boolean isOpen(int fd) {
    return fd >= FIRST && fd - FIRST < entries.size() && entries.get(fd - FIRST) != null;
  }

  OpenFile get(int fd) {
    return entry(fd).file();
  }

  boolean isCloseOnExec(int fd) {
    return entry(fd).closeOnExec();
  }

  void setCloseOnExec(int fd, boolean on) {
    entries.set(fd - FIRST, new Entry(entry(fd).file(), on));
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

  private Entry entry(int fd) {
    Entry entry = fd < FIRST || fd - FIRST >= entries.size() ? null : entries.get(fd - FIRST);
    if (entry == null) {
      throw Failure.of(Errno.EBADF);
    }
    return entry;
  }
}
