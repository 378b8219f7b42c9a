package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import io.holdfast.model.ExtentList;
import io.holdfast.model.PciAddress;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A simulated machine, and sessions named nic0 on it. */
abstract class SessionFixture {
  static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  static final long MIB = 1 << 20;

  @TempDir Path folder;
  SimulatedKernel kernel;

  /** One host a process, so that a second try is made where the first one was. */
  private final IdentityHashMap<Syscalls, SyscallsHost> hosts = new IdentityHashMap<>();

  final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void boot() {
    kernel = SimulatedKernel.create(folder.resolve("machine"), machine());
  }

  /** The machine that is booted. */
  SimulatedMachine machine() {
    return SimulatedMachine.standard();
  }

  @AfterEach
  void switchOff() throws Exception {
    for (AutoCloseable session : open.reversed()) {
      session.close();
    }
    kernel.close();
  }

  final LiveSession session(Syscalls syscalls) {
    SyscallsHost host =
        hosts.computeIfAbsent(
            syscalls, calls -> new SyscallsHost(calls, Disk.local(), "simulated"));
    LiveSession session = LiveSession.openOrRestore(host, "nic0", folder.resolve("state"));
    open.add(session);
    return session;
  }

  final LiveSession session() {
    return session(kernel.process());
  }

  /** A kexec ends the processes of all sessions without a word. */
  final void kexec(LiveSession session, KexecMode mode, SimulatedMachine next) {
    kernel.kexec(mode, next);
    hosts.values().forEach(host -> host.process().died());
    hosts.clear();
    open.remove(session);
  }

  final void kexec(LiveSession session) {
    kexec(session, KexecMode.FILE, kernel.machine());
  }

  static void fill(DmaBuffer buffer, long salt) {
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += 8) {
      memory.set(ValueLayout.JAVA_LONG, offset, offset * 31 + salt);
    }
  }

  static void checkFill(DmaBuffer buffer, long salt) {
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += 8) {
      if (memory.get(ValueLayout.JAVA_LONG, offset) != offset * 31 + salt) {
        throw new AssertionError("buffer " + buffer.name() + " differs at offset " + offset);
      }
    }
  }

  static long physicalAddress(ExtentList extents, long offset) {
    for (int i = 0; ; i++) {
      if (offset < extents.lengthBytes(i)) {
        return extents.physicalAddress(i) + offset;
      }
      offset -= extents.lengthBytes(i);
    }
  }

  static int memfd(Syscalls process, int flags, long sizeBytes) {
    int fd = process.memfd_create("frames", flags);
    assertThat(process.ftruncate(fd, sizeBytes)).isZero();
    return fd;
  }

  /** A kernel that refuses a request as long as it is told to. */
  Syscalls refusing(long refused, boolean[] broken) {
    return new ForwardingSyscalls(kernel.process()) {
      @Override
      public int ioctl(int fd, long request, MemorySegment argument) {
        return broken[0] && request == refused ? -Errno.ENOMEM : super.ioctl(fd, request, argument);
      }
    };
  }
}
