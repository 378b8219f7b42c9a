package io.holdfast.sys;

/**
 * The Java virtual machine was told not to let Holdfast call the C library, without which it
 * reaches no kernel.
 */
public final class NativeAccessDeniedException extends MissingJvmFlagException {
  private static final long serialVersionUID = 1L;

  NativeAccessDeniedException(Module caller, Throwable cause) {
    super(
        "this JVM denies native access to "
            + (caller.isNamed() ? "module " + caller.getName() : "the class path"),
        "--enable-native-access=" + (caller.isNamed() ? caller.getName() : "ALL-UNNAMED"),
        cause);
  }
}
