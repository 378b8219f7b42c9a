package io.holdfast;

import io.holdfast.sys.Syscalls;

/** A host that is nothing but its system calls. */
record SyscallsHost(Syscalls syscalls, String describe) implements Host {
  @Override
  public void close() {
    syscalls.close();
  }
}
