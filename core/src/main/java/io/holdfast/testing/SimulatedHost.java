package io.holdfast.testing;

import io.holdfast.Host;
import io.holdfast.disk.Disk;
import io.holdfast.disk.FaultInjectingDisk;
import io.holdfast.engine.HostProcess;
import io.holdfast.engine.LeakWatch;
import io.holdfast.engine.Preload;
import io.holdfast.model.PciAddress;
import io.holdfast.sim.DmaTransfer;
import io.holdfast.sim.DmaViolation;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.KexecReport;
import io.holdfast.sim.SimulatedClock;
import io.holdfast.sim.SimulatedDevice;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.sys.FaultInjectingSyscalls;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.Requests;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A process on a simulated machine whose state is a folder: for drivers' tests and for the demo.
 *
 * <p>The library and the driver run on it unchanged. A test does to the machine what an operator
 * would ({@link #kexec}, {@link #coldBoot}, {@link #unplug}), lets system calls fail ({@link
 * #fail}) or the process die ({@link #dieAt}), and asks what the devices did ({@link #transfers},
 * {@link #violations}). When the process has died, by a kexec or else, its sessions are gone as
 * with a real process, and the next use of the host begins a new process.
 *
 * <p>One process of the real machine at a time can have the folder open. Thread-safe, but for a
 * process that dies while other threads use its sessions: they are refused from then on.
 */
public final class SimulatedHost implements Host, HostProcess.Access {
  private final SimulatedKernel kernel;
  private final boolean ownsKernel;
  private volatile FaultInjectingDisk.Fault diskPlan = step -> {};
  private volatile FaultInjectingSyscalls.Fault plan = call -> FaultInjectingSyscalls.Fault.NONE;
  private final FaultInjectingDisk disk = new FaultInjectingDisk(Disk.local(), new PlannedDisk());
  private volatile SimulatedProcess process;
  private volatile HostProcess residence;
  private final LeakWatch watch;
  private SimulatedMachine nextMachine;
  private boolean closed;
  private boolean executes;
  private Map<String, String> environment = Map.of();

  private SimulatedHost(SimulatedKernel kernel, boolean ownsKernel) {
    this.kernel = kernel;
    this.ownsKernel = ownsKernel;
    this.nextMachine = kernel.machine();
    this.watch = LeakWatch.of(this, describe());
    begin();
  }

  /**
   * Opens the machine in a folder, or makes a standard one there: 256 MiB and an {@code edu} device
   * at 0000:00:04.0.
   */
  public static SimulatedHost open(Path folder) {
    return open(folder, SimulatedMachine.standard());
  }

  /**
   * Opens the machine in a folder, or makes this one there: with other devices, more memory or more
   * fragments than the standard one.
   */
  public static SimulatedHost open(Path folder, SimulatedMachine machine) {
    Preload.begin();
    return new SimulatedHost(SimulatedKernel.openOrCreate(folder, machine), true);
  }

  /**
   * A new process on a machine that is open already; closing the host ends the process, not the
   * machine.
   */
  public static SimulatedHost on(SimulatedKernel kernel) {
    return new SimulatedHost(kernel, false);
  }

  private void begin() {
    process = executes ? kernel.process().executing() : kernel.process();
    start(Map.of());
  }

  /** A program starts in the process. */
  private void start(Map<String, String> given) {
    environment = given;
    SimulatedProgram program = new SimulatedProgram(process, this::replace);
    residence = new HostProcess(program.calls(call -> plan.decide(call)), disk);
  }

  /** The process has executed another program, which begins with what was passed on to it. */
  private void replace(Map<String, String> given) {
    HostProcess before;
    synchronized (this) {
      before = residence;
      start(given);
    }
    before.died();
  }

  /**
   * From now on a program in this process can execute another, as {@code Restore.handOver} does:
   * {@link io.holdfast.sim.ProcessReplaced} is thrown where the kernel would have begun it, and
   * what uses the host then is the new program, with the descriptors that were passed on and with
   * {@link #environment}. Else execve fails with ENOSYS.
   */
  public synchronized SimulatedHost executing() {
    executes = true;
    process.executing();
    return this;
  }

  /** What the program in the process was given as its environment when it was executed. */
  public synchronized Map<String, String> environment() {
    return environment;
  }

  /** The machine itself, for what this class has no word for. */
  public SimulatedKernel kernel() {
    return kernel;
  }

  /**
   * Refuses a call with an errno, once: the {@code nth} of that name from now on.
   *
   * @param call the name of a system call ({@code mmap}) or of an ioctl ({@code
   *     IOMMU_IOAS_MAP_FILE})
   * @param nth from 1
   * @param errno positive, as in {@code Errno}
   */
  public synchronized SimulatedHost fail(String call, int nth, int errno) {
    if (errno <= 0) {
      throw new IllegalArgumentException("an errno is positive, not " + errno);
    }
    return plan(call, nth, errno);
  }

  /** Lets the process die after a call is done: the {@code nth} of that name from now on. */
  public synchronized SimulatedHost dieAt(String call, int nth) {
    return plan(call, nth, FaultInjectingSyscalls.Fault.DIE_AFTER);
  }

  private SimulatedHost plan(String name, int nth, int fate) {
    Objects.requireNonNull(name, "call");
    if (nth < 1) {
      throw new IllegalArgumentException("calls count from 1, not " + nth);
    }
    FaultInjectingSyscalls.Fault before = plan;
    AtomicInteger left = new AtomicInteger(nth);
    plan =
        call -> {
          boolean hit = nameOf(call).equals(name) && left.decrementAndGet() == 0;
          int other = before.decide(call);
          return hit ? fate : other;
        };
    return this;
  }

  private static String nameOf(FaultInjectingSyscalls.Call call) {
    return call.name().equals("ioctl") ? new Requests().request(call.request()) : call.name();
  }

  /**
   * Refuses an operation on the disk, once: the {@code nth} of its kind from now on. The disk is
   * where journals and manifests are kept.
   *
   * @param nth from 1
   * @param reason as the file system would say it, such as {@code No space left on device}
   */
  public synchronized SimulatedHost failDisk(
      FaultInjectingDisk.Operation operation, int nth, String reason) {
    if (nth < 1) {
      throw new IllegalArgumentException("operations count from 1, not " + nth);
    }
    FaultInjectingDisk.Fault before = diskPlan;
    AtomicInteger left = new AtomicInteger(nth);
    diskPlan =
        step -> {
          before.before(step);
          if (step.operation() == operation && left.decrementAndGet() == 0) {
            throw new IOException(reason);
          }
        };
    return this;
  }

  /** Decides the fate of every operation on the disk; in place of what was planned before. */
  public synchronized SimulatedHost diskFaults(FaultInjectingDisk.Fault fate) {
    diskPlan = Objects.requireNonNull(fate, "fate");
    return this;
  }

  /** Decides the fate of every call from now on; in place of what was planned before. */
  public synchronized SimulatedHost faults(FaultInjectingSyscalls.Fault fate) {
    plan = Objects.requireNonNull(fate, "fate");
    return this;
  }

  /**
   * Replaces the kernel as {@code kexec -s} does: every process on the machine dies, and what their
   * open sessions preserve is in the next kernel.
   */
  public KexecReport kexec() {
    return bury(() -> kernel.kexec(KexecMode.FILE, nextMachine()));
  }

  /** Replaces the kernel as a kexec without {@code -s} does: nothing is carried over. */
  public KexecReport kexecWithoutPreserving() {
    return bury(() -> kernel.kexec(KexecMode.LEGACY, nextMachine()));
  }

  /** Switches the machine off and on: memory and devices begin anew. */
  public void coldBoot() {
    bury(() -> {
      kernel.coldBoot(nextMachine());
      return null;
    });
  }

  /** Kills the process, with all its sessions; the machine runs on. */
  public void kill() {
    bury(() -> {
      process.close();
      return null;
    });
  }

  /** From the next kexec or cold boot on, a device is in this slot. */
  public synchronized SimulatedHost plug(PciAddress slot, Class<? extends SimulatedDevice> model) {
    nextMachine = nextMachine.withDevice(slot, model);
    return this;
  }

  /** From the next kexec or cold boot on, this slot is empty. */
  public synchronized SimulatedHost unplug(PciAddress slot) {
    nextMachine = nextMachine.withoutDevice(slot);
    return this;
  }

  private synchronized SimulatedMachine nextMachine() {
    return nextMachine;
  }

  /**
   * Turns the machine's clock once: a device that takes its time gets on. So does waiting for an
   * interrupt, but not the time of day.
   *
   * @return whether something is under way still
   */
  public boolean turn() {
    return kernel.turn();
  }

  /**
   * Turns the machine's clock in a thread of its own until that is closed: for a driver that waits
   * for memory to change, without a system call.
   */
  public SimulatedClock startClock() {
    return kernel.startClock();
  }

  /** What devices read and wrote, oldest first. */
  public List<DmaTransfer> transfers() {
    return kernel.transfers();
  }

  /** What devices reached for and must not, oldest first; nothing, if the driver is right. */
  public List<DmaViolation> violations() {
    return kernel.violations();
  }

  /** How many descriptors the process has open. */
  public synchronized int openDescriptors() {
    return process.openDescriptors();
  }

  private <T> T bury(Supplier<T> death) {
    T answer = death.get();
    bury();
    return answer;
  }

  private void bury() {
    HostProcess dead;
    synchronized (this) {
      if (!process.isDead()) {
        return;
      }
      dead = residence;
      if (!closed) {
        begin();
      }
    }
    dead.died();
  }

  /** How the process reaches its kernel; a new process where the last one has died. */
  public Syscalls syscalls() {
    return process().syscalls();
  }

  @Override
  public HostProcess process() {
    if (process.isDead()) {
      bury();
    }
    return residence;
  }

  /** What is planned for the disk at the moment of each operation. */
  private final class PlannedDisk implements FaultInjectingDisk.Fault {
    @Override
    public void before(FaultInjectingDisk.Step step) throws IOException {
      diskPlan.before(step);
    }

    @Override
    public void after(FaultInjectingDisk.Step step) throws IOException {
      diskPlan.after(step);
    }
  }

  @Override
  public String describe() {
    return "the simulated machine in " + kernel.folder();
  }

  /** Ends the process; and the machine, unless it was open before. */
  @Override
  public void close() {
    watch.close();
    synchronized (this) {
      closed = true;
    }
    process.close();
    bury();
    if (ownsKernel) {
      kernel.close();
    }
  }
}
