package io.holdfast.cli;

/** What an audit says of a host or of one of its sessions; the later, the worse. */
enum AuditVerdict {
  /** Looked at, and nothing was asked. */
  SEEN(ExitCode.OK),
  /** Before a kexec: everything is sealed and kept. */
  READY(ExitCode.OK),
  /** After a kexec: every extent is at its physical address. */
  KEPT(ExitCode.OK),
  /** Before a kexec: there is no session, or not the one that is expected. */
  NO_SESSION(ExitCode.NOTHING_TO_RESTORE),
  /** Before a kexec: a session is not sealed, or nothing would keep it. */
  NOT_READY(ExitCode.NOT_ALLOWED_NOW),
  /** The kernel that was running still runs. */
  NOT_REPLACED(ExitCode.NOT_ALLOWED_NOW),
  /** After a kexec: the session is not restored yet; its memory is safe in the kernel. */
  WAITING(ExitCode.NOT_ALLOWED_NOW),
  /** After a kexec: something stands against restoring it; its memory is safe in the kernel. */
  BLOCKED(ExitCode.HOST_NOT_ABLE),
  /** An extent is at another physical address. */
  MOVED(ExitCode.NOT_VERIFIED),
  /** An extent, a device or a whole session is gone. */
  LOST(ExitCode.NOT_VERIFIED);

  private final ExitCode exitCode;

  AuditVerdict(ExitCode exitCode) {
    this.exitCode = exitCode;
  }

  ExitCode exitCode() {
    return exitCode;
  }

  AuditVerdict orWorse(AuditVerdict other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
