package io.holdfast;

import io.holdfast.sys.LeakWatch;
import io.holdfast.sys.Syscalls;

/** A host that is nothing but its system calls. */
final class SyscallsHost implements Host {
  private final Syscalls syscalls;
  private final String description;
  private final LeakWatch watch;

  SyscallsHost(Syscalls syscalls, String description) {
    this.syscalls = syscalls;
    this.description = description;
    this.watch = LeakWatch.of(this, description);
  }

  @Override
  public Syscalls syscalls() {
    return syscalls;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public void close() {
    watch.close();
    syscalls.close();
  }
}
