package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A driver whose thread is interrupted all the time, through a live update. */
class InterruptedDriverTest {
  @TempDir Path folder;

  @AfterEach
  void forgetTheInterrupt() {
    Thread.interrupted();
  }

  @Test
  void anInterruptFailsNothingAndIsKept() {
    try (SimulatedKernel kernel =
        SimulatedKernel.create(folder.resolve("machine"), SimulatedMachine.standard())) {
      Thread.currentThread().interrupt();
      long address;
      SyscallsHost host = host(kernel);
      LiveSession before = open(host);
      assertThat(before.isRestored()).isFalse();
      address = use(before);
      before.preserve();
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      Thread.interrupted();
      kernel.kexec(KexecMode.FILE, kernel.machine());
      Thread.currentThread().interrupt();
      host.process().died();
      try (LiveSession after = open(host(kernel))) {
        assertThat(after.isRestored()).isTrue();
        assertThat(use(after)).isEqualTo(address);
        // The first change after a restore moves the journal into a map, and preserve() syncs it.
        after.preserve();
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
      }
    }
  }

  private static SyscallsHost host(SimulatedKernel kernel) {
    return new SyscallsHost(kernel.process(), Disk.local(), "simulated");
  }

  private LiveSession open(SyscallsHost host) {
    return LiveSession.openOrRestore(host, "nic0", folder.resolve("state"));
  }

  private static long use(LiveSession session) {
    Ioas rings = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, rings);
    return rings.buffer("ring", 64 << 10).physicalAddress(0);
  }
}
