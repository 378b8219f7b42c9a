package io.holdfast.vm;

import io.holdfast.Host;
import io.holdfast.engine.HostProcess;
import io.holdfast.uapi.MemfdUapi;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What the scenarios share: where they keep their state, memfds, and the kexec. */
final class Guest {
  /** On the disk that survives the kexec. */
  static final Path STATE = Path.of("/run/holdfast");

  /** The sessions' state directory. */
  static final Path SESSIONS = STATE.resolve("sessions");

  private static final long SCATTERED_BYTES = 16384;

  private Guest() {}

  /** A memfd of the scenario's own, that a live update can preserve. */
  static int memfd(Host host, String name, long lengthBytes) {
    return memfd(host, name, lengthBytes, MemfdUapi.MFD_EXEC);
  }

  /** A memfd with these MFD_ flags besides MFD_CLOEXEC. */
  static int memfd(Host host, String name, long lengthBytes, int flags) {
    int fd = HostProcess.of(host).syscalls().memfd_create(name, flags | MemfdUapi.MFD_CLOEXEC);
    int error = fd < 0 ? fd : HostProcess.of(host).syscalls().ftruncate(fd, lengthBytes);
    if (error < 0) {
      throw new IllegalStateException("cannot make memfd " + name + ": errno " + -error);
    }
    return fd;
  }

  /**
   * A memfd whose pages came into being in random order, a few at a time: made of thousands of
   * extents, whatever the boot has left of contiguous memory.
   */
  static int scatteredMemfd(Host host, String name, long lengthBytes) {
    int fd = memfd(host, name, lengthBytes);
    List<Long> offsets = new ArrayList<>();
    for (long offset = 0; offset < lengthBytes; offset += SCATTERED_BYTES) {
      offsets.add(offset);
    }
    Collections.shuffle(offsets, new Random(lengthBytes));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment zeroes = arena.allocate(SCATTERED_BYTES);
      for (long offset : offsets) {
        if (HostProcess.of(host).syscalls().pwrite(fd, zeroes, offset) != SCATTERED_BYTES) {
          throw new IllegalStateException("cannot fill memfd " + name);
        }
      }
    }
    return fd;
  }

  /** Replaces the kernel while this process holds what it preserved; returns only if that fails. */
  static void kexec(String... kernelArguments) throws IOException, InterruptedException {
    System.out.flush();
    List<String> command =
        new ArrayList<>(List.of("bash", "-c", ". /run/holdfast/env && kexec_now \"$@\"", "kexec"));
    command.addAll(List.of(kernelArguments));
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    throw new IOException("there was no kexec: exit status " + status);
  }
}
