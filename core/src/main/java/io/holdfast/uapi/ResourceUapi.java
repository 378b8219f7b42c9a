package io.holdfast.uapi;

/** The part of {@code sys/resource.h} that Holdfast uses. */
public final class ResourceUapi {
  private ResourceUapi() {}

  /** The highest descriptor a process may have, and one more. */
  public static final int RLIMIT_NOFILE = 7;

  /** {@code struct rlimit}: the limit that holds, and how far it may be raised; unsigned. */
  public static final class rlimit {
    private rlimit() {}

    public static final Struct LAYOUT = Struct.named("rlimit");
    public static final Struct.U64 rlim_cur = LAYOUT.u64("rlim_cur");
    public static final Struct.U64 rlim_max = LAYOUT.u64("rlim_max");
  }
}
