package io.holdfast.uapi;

/** The arguments of {@code mbind(2)}, from {@code include/uapi/linux/mempolicy.h}. */
public final class MempolicyUapi {
  private MempolicyUapi() {}

  /** Pages come from wherever the thread's own policy says. */
  public static final int MPOL_DEFAULT = 0;

  /** Pages come from one node as long as it has any, then from others. */
  public static final int MPOL_PREFERRED = 1;
}
