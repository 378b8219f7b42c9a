package io.holdfast.crash;

import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreOptions.Choice;
import io.holdfast.store.DescriptorStore;
import io.holdfast.store.DescriptorStores;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A driver that keeps memfds with a holder and is killed: says where it is, line by line, and goes
 * on when it is sent one.
 *
 * <p>Arguments: the holder's socket, and the names of memfds to put.
 */
final class HeldDriver {
  private HeldDriver() {}

  public static void main(String[] arguments) throws IOException {
    Syscalls kernel = NativeSyscalls.open();
    DescriptorStore store = store(kernel, arguments[0]);
    say("offered " + contents(kernel, store));
    awaitLine();
    for (StoredDescriptor each : store.offered()) {
      store.adopt(each);
    }
    say("adopted");
    store.acknowledge();
    say("acknowledged");
    awaitLine();
    for (String name : List.of(arguments).subList(1, arguments.length)) {
      store.put(name, memfd(kernel, name));
      say("put " + name);
    }
    say("done");
    awaitLine();
  }

  static DescriptorStore store(Syscalls kernel, String socket) {
    return DescriptorStores.open(kernel, "nic0", new StoreOptions(Choice.HOLDER, socket, Map.of()));
  }

  static int memfd(Syscalls kernel, String says) {
    int fd = kernel.memfd_create(says, MemfdUapi.MFD_CLOEXEC | MemfdUapi.MFD_EXEC);
    kernel.ftruncate(fd, 4096);
    try (Arena arena = Arena.ofConfined()) {
      kernel.pwrite(fd, arena.allocateFrom("in " + says, StandardCharsets.US_ASCII), 0);
    }
    return fd;
  }

  /** What a store offers: each by its name, and what the memory says. */
  static List<String> contents(Syscalls kernel, DescriptorStore store) {
    List<String> contents = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(64);
      for (StoredDescriptor each : store.offered()) {
        long read = kernel.pread(each.fd(), text, 0);
        contents.add(
            each.name()
                + " "
                + (read > 0 ? text.getString(0, StandardCharsets.US_ASCII) : "errno " + -read));
      }
    }
    return contents;
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static void awaitLine() throws IOException {
    int read;
    do {
      read = System.in.read();
    } while (read >= 0 && read != '\n');
  }
}
