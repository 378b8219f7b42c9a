package io.holdfast.store;

import io.holdfast.sim.Credentials;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A simulated machine with processes that pass descriptors, and a holder among them. */
final class Machine implements AutoCloseable {
  static final String SOCKET = "/run/holdfast/holder.sock";
  static final String SESSION = "nic0";

  private final Path folder;
  final SimulatedKernel kernel;
  final List<RuntimeException> holderFailures = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  Machine() {
    try {
      folder = Files.createTempDirectory("holdfast-store");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    kernel = SimulatedKernel.create(folder, SimulatedMachine.standard());
  }

  SimulatedProcess process() {
    return kernel.process();
  }

  SimulatedProcess process(int uid) {
    return kernel.process(Credentials.root().withUid(uid));
  }

  /** A holder that works in a thread of its own. */
  Holder holder(Syscalls syscalls) {
    Holder holder = Holder.start(syscalls, HolderOptions.at(SOCKET));
    work(holder);
    return holder;
  }

  void work(Holder holder) {
    threads.add(
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                holder.run(failure -> {
                  holderFailures.add(failure);
                  if (failure.getMessage().contains("ESRCH")) {
                    holder.stop(); // its process is dead
                  }
                });
              } finally {
                if (holder.isHandedOver()) {
                  holder.close();
                }
              }
            }));
  }

  static HolderStore store(Syscalls syscalls) {
    return HolderStore.open(syscalls, SOCKET, SESSION, "a test");
  }

  /** A memfd that says who it is. */
  static int memfd(Syscalls syscalls, String says) {
    int fd = syscalls.memfd_create(says, MemfdUapi.MFD_CLOEXEC | MemfdUapi.MFD_EXEC);
    byte[] bytes = says.getBytes(StandardCharsets.US_ASCII);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(bytes.length);
      text.copyFrom(MemorySegment.ofArray(bytes));
      if (syscalls.ftruncate(fd, 4096) != 0 || syscalls.pwrite(fd, text, 0) != bytes.length) {
        throw new AssertionError("cannot make a memfd");
      }
    }
    return fd;
  }

  /** What a memfd says. */
  static String says(Syscalls syscalls, int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(64);
      long read = syscalls.pread(fd, text, 0);
      return read < 0 ? "errno " + -read : text.getString(0, StandardCharsets.US_ASCII);
    }
  }

  /** What a store offers, by name and by what each says itself. */
  static List<String> contents(Syscalls syscalls, DescriptorStore store) {
    return store.offered().stream()
        .map(each -> each.name() + "=" + says(syscalls, each.fd()))
        .toList();
  }

  @Override
  public void close() {
    kernel.close();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
