package io.holdfast.sim;

/** How the next kernel is loaded, which decides whether preserved memory is carried over (KHO). */
public enum KexecMode {
  /** {@code kexec_file_load(2)}, as {@code kexec -s} does: preserved memory is handed over. */
  FILE,
  /**
   * {@code kexec_load(2)}, as {@code kexec -c} does: succeeds, and everything preserved is lost.
   */
  LEGACY
}
