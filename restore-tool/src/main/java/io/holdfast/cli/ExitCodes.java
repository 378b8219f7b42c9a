package io.holdfast.cli;

import io.holdfast.journal.JournalBusyException;
import io.holdfast.journal.JournalException;
import io.holdfast.journal.JournalIoException;
import io.holdfast.journal.JournalMissingException;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.NotPreservableException;
import io.holdfast.serializer.ManifestException;
import io.holdfast.session.NothingPreservedException;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.UntrustedFileException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.MissingJvmFlagException;
import io.holdfast.sys.MissingSymbolException;
import java.io.IOException;

/** Which exit code each kind of refusal ends in. */
final class ExitCodes {
  private ExitCodes() {}

  static ExitCode of(HoldfastException refused) {
    return switch (refused) {
      case VerbException said -> said.exitCode();
      case NothingPreservedException nothing -> ExitCode.NOTHING_TO_RESTORE;
      case RestoreException failed -> of(failed);
      case ManifestException manifest -> ExitCode.INPUT_REFUSED;
      case UntrustedFileException file -> ExitCode.INPUT_REFUSED;
      case JournalException journal -> of(journal);
      case DeviceUnavailableException device -> ExitCode.HOST_NOT_ABLE;
      case MissingJvmFlagException flag -> ExitCode.HOST_NOT_ABLE;
      case MissingSymbolException library -> ExitCode.HOST_NOT_ABLE;
      case NotPreservableException memory -> ExitCode.NOT_ALLOWED_NOW;
      case SessionException state -> byCause(state);
      case KernelException kernel -> of(kernel);
      // A refusal of any other kind, such as a simulated machine that another process has open.
      default -> byCause(refused);
    };
  }

  /** A file or socket that fails is its own failure, whoever was about to use it. */
  private static ExitCode byCause(HoldfastException refused) {
    boolean file =
        switch (refused.getCause()) {
          case IOException failed -> true;
          case KernelException kernel ->
              kernel.request().equals("connect") && kernel.errno() == Errno.EACCES;
          case null, default -> false;
        };
    return file ? ExitCode.FILE_FAILED : ExitCode.NOT_ALLOWED_NOW;
  }

  private static ExitCode of(JournalException refused) {
    return switch (refused) {
      case JournalBusyException busy -> ExitCode.NOT_ALLOWED_NOW;
      case JournalIoException file -> ExitCode.FILE_FAILED;
      case JournalMissingException missing -> ExitCode.FILE_FAILED;
      default -> ExitCode.INPUT_REFUSED;
    };
  }

  /** What differs decides; where nothing was compared, what kept it from being compared. */
  private static ExitCode of(RestoreException failed) {
    boolean differs =
        failed.report().buffers().stream()
            .anyMatch(buffer ->
                buffer.verdict() == Verdict.MOVED || buffer.verdict() == Verdict.CONTENT_DIFFERS);
    if (differs) {
      return ExitCode.NOT_VERIFIED;
    }
    return switch (failed.getCause()) {
      case SessionException lost -> ExitCode.NOT_VERIFIED;
      case HoldfastException cause -> of(cause);
      case null, default -> ExitCode.HOST_NOT_ABLE;
    };
  }

  /** A device node that cannot be opened is the host's lack, not a refused request. */
  private static ExitCode of(KernelException refused) {
    boolean missing =
        switch (refused.errno()) {
          case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV, Errno.EPERM, Errno.EACCES -> true;
          default -> false;
        };
    return switch (refused.request()) {
      case "mkdir", "unlink", "statx", "bind" -> ExitCode.FILE_FAILED;
      case String request when request.startsWith("open") && missing -> ExitCode.HOST_NOT_ABLE;
      default -> ExitCode.KERNEL_REFUSED;
    };
  }
}
