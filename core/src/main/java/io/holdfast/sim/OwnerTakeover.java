package io.holdfast.sim;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Takes a machine's directory from the process that has it, by killing it, as a kexec does. */
record OwnerTakeover(MachineDirectory directory, boolean wasAlive, OptionalLong killedPid) {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(2);

  static OwnerTakeover of(Path path) {
    Optional<MachineDirectory> free = MachineDirectory.tryOwn(path);
    if (free.isPresent()) {
      return new OwnerTakeover(free.get(), false, OptionalLong.empty());
    }
    // The lock is held, and only what the lock's holder wrote is a reason to kill: a process id may
    // be another's by now.
    Optional<ProcessHandle> owner =
        MachineDirectory.readOwner(path).flatMap(MachineDirectory.Owner::alive);
    if (owner.isPresent() && owner.get().equals(ProcessHandle.current())) {
      throw new IllegalStateException(
          "this process has the simulated machine in "
              + path
              + " open: call kexec on the machine itself");
    }
    owner.ifPresent(OwnerTakeover::kill);
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<MachineDirectory> directory = MachineDirectory.tryOwn(path);
      if (directory.isPresent()) {
        return new OwnerTakeover(
            directory.get(),
            owner.isPresent(),
            owner.map(it -> OptionalLong.of(it.pid())).orElse(OptionalLong.empty()));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    throw new SimulatedKernelException(
        "the owner of the simulated machine in " + path + " does not end",
        owner
            .map(it -> "end process " + it.pid())
            .orElse("find who holds a lock on the file owner in it"));
  }

  private static void kill(ProcessHandle owner) {
    owner.destroyForcibly();
    try {
      var _ = owner.onExit().get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new SimulatedKernelException("process " + owner.pid() + " does not end", "end it", e);
    }
  }
}
