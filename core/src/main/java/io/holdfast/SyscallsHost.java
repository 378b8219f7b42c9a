package io.holdfast;

import io.holdfast.disk.Disk;
import io.holdfast.engine.HostProcess;
import io.holdfast.engine.LeakWatch;
import io.holdfast.engine.Preload;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;

/**
 * A host that is nothing but its system calls, such as traced or fault-injecting ones. For tools
 * and tests; a driver uses {@link Host#local}. Thread-safe.
 */
public final class SyscallsHost implements Host, HostProcess.Access {
  private final HostProcess process;
  private final String description;
  private final LeakWatch watch;

  /** A host behind these system calls; closing the host closes them. */
  public SyscallsHost(Syscalls syscalls, Disk disk, String description) {
    this(new HostProcess(syscalls, disk), description);
  }

  /** A host behind this process; closing the host closes its system calls. */
  public SyscallsHost(HostProcess process, String description) {
    this.process = process;
    this.description = description;
    this.watch = LeakWatch.of(this, description);
  }

  /** The machine this process runs on. */
  public static SyscallsHost local() {
    NativeSyscalls syscalls = NativeSyscalls.open();
    Preload.begin();
    return new SyscallsHost(HostProcess.ofThisProcess(syscalls, Disk.local()), "the local host");
  }

  /** How the host is reached. */
  public Syscalls syscalls() {
    return process.syscalls();
  }

  @Override
  public HostProcess process() {
    return process;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public void close() {
    watch.close();
    process.syscalls().close();
  }
}
