package io.holdfast.cli;

import io.holdfast.linux.DeviceUnavailableException;
import io.holdfast.linux.KernelException;
import io.holdfast.linux.NotPreservableException;
import io.holdfast.model.HoldfastException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.MissingSymbolException;
import io.holdfast.sys.NativeAccessDeniedException;

/** Which exit code each kind of refusal ends in. */
final class ExitCodes {
  private ExitCodes() {}

  static ExitCode of(HoldfastException refused) {
    return switch (refused) {
      case VerbException said -> said.exitCode();
      case DeviceUnavailableException device -> ExitCode.HOST_NOT_ABLE;
      case NativeAccessDeniedException access -> ExitCode.HOST_NOT_ABLE;
      case MissingSymbolException library -> ExitCode.HOST_NOT_ABLE;
      case NotPreservableException memory -> ExitCode.NOT_ALLOWED_NOW;
      case KernelException kernel -> of(kernel);
      default -> ExitCode.KERNEL_REFUSED;
    };
  }

  /** A device node that cannot be opened is the host's lack, not a refused request. */
  private static ExitCode of(KernelException refused) {
    boolean missing =
        switch (refused.errno()) {
          case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV, Errno.EPERM, Errno.EACCES -> true;
          default -> false;
        };
    return refused.request().equals("open") && missing
        ? ExitCode.HOST_NOT_ABLE
        : ExitCode.KERNEL_REFUSED;
  }
}
