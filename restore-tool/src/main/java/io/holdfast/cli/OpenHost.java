package io.holdfast.cli;

import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;

/** The machine a verb works on, as {@code --host} names it. */
final class OpenHost implements AutoCloseable {
  private final Syscalls kernel;

  private OpenHost(Syscalls kernel) {
    this.kernel = kernel;
  }

  static OpenHost of(HoldfastCommand tool, Console console) {
    if (!tool.host().equals("local")) {
      throw new VerbException(
          ExitCode.USAGE, "unknown host \"" + tool.host() + "\"", "write --host local");
    }
    return new OpenHost(NativeSyscalls.open());
  }

  Syscalls kernel() {
    return kernel;
  }

  @Override
  public void close() {
    kernel.close();
  }
}
