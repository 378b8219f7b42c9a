package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Undo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A simulated machine with its running kernel: the processes on it make system calls, a kexec
 * replaces the kernel.
 *
 * <p>The machine lives in a directory, and one process of the real machine at a time has it open.
 * What a kexec carries over is in the directory at every moment, so the owner may be killed at any,
 * and {@link #kexec(Path, KexecMode)}, run by another process, is a kexec: it kills the owner, as a
 * kexec kills every process, and carries the preserved memory over. If the owner died before, its
 * live-update sessions were closed by its death, and what they held is lost.
 *
 * <p>Thread-safe: one system call at a time.
 */
public final class SimulatedKernel implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final MachineDirectory directory;
  private final Sockets sockets = new Sockets(this);
  private final Graveyard graveyard = new Graveyard();
  private final List<SimulatedProcess> processes = new ArrayList<>();
  private final DmaLog dma = new DmaLog();
  private Boot boot;
  private boolean closed;
  private long processesStarted;

  private SimulatedKernel(MachineDirectory directory) {
    this.directory = directory;
  }

  /**
   * Makes a machine in a directory, which is made too, and switches it on.
   *
   * @throws SimulatedKernelException if the directory holds a machine already or cannot be used
   */
  public static SimulatedKernel create(Path path, SimulatedMachine machine) {
    MachineDirectory.makeDirectory(path);
    MachineDirectory directory = MachineDirectory.own(path);
    if (MachineDirectory.isMachine(path)) {
      directory.close();
      throw new SimulatedKernelException(
          path + " holds a simulated machine already", "open it, or name another directory");
    }
    new NextBoot(directory).first(machine);
    return start(directory);
  }

  /**
   * Opens the machine in a directory, in the boot it is in. What its last owner had open was closed
   * by its death.
   *
   * @throws SimulatedKernelException if there is none, or another process has it open
   */
  public static SimulatedKernel open(Path path) {
    MachineDirectory.requireMachine(path);
    return start(MachineDirectory.own(path));
  }

  /** Opens the machine in a directory, or makes it there. */
  public static SimulatedKernel openOrCreate(Path path, SimulatedMachine machine) {
    return MachineDirectory.isMachine(path) ? open(path) : create(path, machine);
  }

  private static SimulatedKernel start(MachineDirectory directory) {
    try (Undo undo = new Undo()) {
      undo.closes(directory);
      directory.signOwner();
      SimulatedKernel kernel = new SimulatedKernel(directory);
      kernel.boot = new Boot(kernel, directory);
      undo.forget();
      return kernel;
    }
  }

  /** A new process of root's. */
  public SimulatedProcess process() {
    return process(Credentials.root());
  }

  /** A new process, with its own descriptors; closing it is its death. */
  public SimulatedProcess process(Credentials credentials) {
    return locked(() -> {
      requireOpen();
      SimulatedProcess process = new SimulatedProcess(this, credentials);
      processes.add(process);
      return process;
    });
  }

  /**
   * Replaces the kernel by itself: every process is killed, and with {@link KexecMode#FILE} what is
   * preserved in a session that is open is carried over.
   */
  public KexecReport kexec(KexecMode mode) {
    return kexec(mode, machine());
  }

  /**
   * Replaces the kernel, and finds the machine changed: devices moved or gone, another command
   * line.
   */
  public KexecReport kexec(KexecMode mode, SimulatedMachine next) {
    return locked(() -> {
      requireOpen();
      if (next.memoryBytes() != machine().memoryBytes()) {
        throw new IllegalArgumentException("a kexec does not change how much memory a machine has");
      }
      // The log is read before the processes die: their death would close the sessions, a kexec
      // does not.
      boot.liveUpdate().freeze();
      SessionLog.Saved saved = SessionLog.read(directory);
      BootFile before = boot.file();
      SimulatedMachine machine = boot.machine();
      killProcesses();
      boot.close();
      KexecReport report =
          new Kexec(directory, mode, machine, next)
              .carryOver(before, saved, true, OptionalLong.empty());
      boot = new Boot(this, directory);
      return report;
    });
  }

  private void killProcesses() {
    boot.retireSessions();
    for (SimulatedProcess process : List.copyOf(processes)) {
      process.die();
    }
  }

  /**
   * Does a kexec of the machine in a directory from outside: kills the process that has it open, if
   * there is one, and carries over what its open sessions preserve. Without one, the sessions were
   * closed when it died: nothing is carried.
   *
   * @throws SimulatedKernelException if there is no machine, or its owner does not end
   */
  public static KexecReport kexec(Path path, KexecMode mode) {
    MachineDirectory.requireMachine(path);
    return Kexec.fromOutside(path, mode);
  }

  /** Switches the machine off and on. */
  public void coldBoot() {
    coldBoot(machine());
  }

  /** Switches the machine off, changes it and switches it on. */
  public void coldBoot(SimulatedMachine next) {
    locked(() -> {
      requireOpen();
      BootFile before = boot.file();
      killProcesses();
      boot.close();
      new NextBoot(directory).coldBoot(next, before);
      boot = new Boot(this, directory);
      return null;
    });
  }

  public SimulatedMachine machine() {
    return boot.machine();
  }

  /** How many kernels the machine has booted, this one included. */
  public long generation() {
    return boot.file().generation();
  }

  public UUID bootId() {
    return boot.file().bootId();
  }

  /** The directory the machine lives in. */
  public Path folder() {
    return directory.path();
  }

  /** The device in a slot. */
  public SimulatedDevice device(PciAddress address) {
    return boot.function(address).device();
  }

  /** What devices reached for and must not, oldest first; at most 10,000 are kept. */
  public List<DmaViolation> violations() {
    return locked(() -> dma.violations());
  }

  /** What devices read and wrote, oldest first; at most 10,000 are kept. */
  public List<DmaTransfer> transfers() {
    return locked(() -> dma.transfers());
  }

  /** The sessions of the previous kernel that nobody has retrieved yet. */
  public Set<String> waitingSessions() {
    return locked(() -> boot.liveUpdate().waiting());
  }

  /** Calls a test at each violation, inside the system call that led to it; it may throw. */
  public void onViolation(Consumer<DmaViolation> listener) {
    locked(() -> {
      dma.onViolation(listener);
      return null;
    });
  }

  /**
   * Turns the machine's clock in a thread of its own, again and again until that is closed: for
   * drivers that wait without a system call.
   */
  public SimulatedClock startClock() {
    return new SimulatedClock(this);
  }

  /**
   * Turns the machine's clock once: what its devices have under way goes on. A process that waits
   * in {@code poll(2)} turns it too.
   *
   * @return whether something is under way still
   */
  public boolean turn() {
    return locked(() -> {
      requireOpen();
      boolean underWay = false;
      for (PciFunction each : boot.functions()) {
        each.bars().look();
        underWay |= each.device().turn();
      }
      return underWay;
    });
  }

  /** The processes that live. */
  List<SimulatedProcess> processes() {
    return List.copyOf(processes);
  }

  DmaLog dma() {
    return dma;
  }

  /**
   * Moves every page of a memfd or of a process that is not pinned to another frame, as compaction
   * may at any time; answers how many.
   */
  public int migratePages() {
    return locked(() -> boot.migratePages());
  }

  /** Makes the next retrieval of a file from a session fail, which it then does for good. */
  public void failNextRetrieve(int errno) {
    locked(() -> {
      boot.failNextRetrieve(errno);
      return null;
    });
  }

  /** Says that a kexec image is loaded or not, which {@code /sys/kernel/kexec_loaded} tells. */
  public void setKexecImageLoaded(boolean loaded) {
    locked(() -> {
      boot.loadImage(loaded ? Optional.of(machine().commandLine()) : Optional.empty());
      return null;
    });
  }

  /** How much memory nobody has. */
  public long freeMemoryBytes() {
    return locked(() -> (long) boot.memory().freeFrames() << PhysicalMemory.PAGE_SHIFT);
  }

  /** How much memory is pinned: mapped for a device, or preserved. */
  public long pinnedMemoryBytes() {
    return locked(() -> (long) boot.memory().pinnedFrames() << PhysicalMemory.PAGE_SHIFT);
  }

  /** Whose the frame at a physical address is, in words. */
  public String frameOwner(long physicalAddress) {
    return locked(() -> boot.memory().describe(physicalAddress));
  }

  /**
   * Ends every process and gives the directory up; the machine stays in it, in the boot it is in.
   */
  @Override
  public void close() {
    locked(() -> {
      if (!closed) {
        for (SimulatedProcess process : List.copyOf(processes)) {
          process.die();
        }
        closed = true;
        boot.close();
        graveyard.clear();
        directory.close();
      }
      return null;
    });
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "the simulated machine in " + directory.path() + " is closed");
    }
  }

  private <T> T locked(java.util.function.Supplier<T> body) {
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  ReentrantLock lock() {
    return lock;
  }

  Sockets sockets() {
    return sockets;
  }

  long nextProcess() {
    return ++processesStarted;
  }

  Graveyard graveyard() {
    return graveyard;
  }

  Boot boot() {
    return boot;
  }

  PhysicalMemory memory() {
    return boot.memory();
  }

  void remove(SimulatedProcess process) {
    processes.remove(process);
  }
}
