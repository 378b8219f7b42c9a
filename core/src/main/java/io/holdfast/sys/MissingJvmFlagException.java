package io.holdfast.sys;

import io.holdfast.model.HoldfastException;

/**
 * This Java virtual machine was started without a flag that Holdfast needs; the message names it.
 *
 * <p>All flags are in {@code io/holdfast/jvm.flags} of this jar, in the form of an argument file:
 * {@code java @jvm.flags …}. {@code java -jar holdfast-core.jar --print-jvm-flags} prints them.
 */
public class MissingJvmFlagException extends HoldfastException {
  private static final long serialVersionUID = 1L;

  private final String flag;

  /**
   * @param problem what is not possible without it
   * @param flag the flag as java takes it
   * @param cause what the JVM refused, or null
   */
  public MissingJvmFlagException(String problem, String flag, Throwable cause) {
    super(
        problem,
        "start java with "
            + flag
            + " (`java -jar holdfast-core.jar --print-jvm-flags` prints all flags needed)",
        cause);
    this.flag = flag;
  }

  /** The flag, as java takes it. */
  public final String flag() {
    return flag;
  }
}
