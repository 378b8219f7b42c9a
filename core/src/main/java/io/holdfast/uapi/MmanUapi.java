package io.holdfast.uapi;

/**
 * The arguments of {@code mmap(2)} and {@code madvise(2)}, from {@code
 * include/uapi/asm-generic/mman-common.h}.
 */
public final class MmanUapi {
  private MmanUapi() {}

  public static final int PROT_READ = 0x1;
  public static final int PROT_WRITE = 0x2;
  public static final int MAP_SHARED = 0x01;
  public static final int MAP_PRIVATE = 0x02;
  public static final int MAP_ANONYMOUS = 0x20;

  /** Makes huge pages of memory now, whatever else is configured. */
  public static final int MADV_COLLAPSE = 25;

  /** Leaves memory out of core dumps. */
  public static final int MADV_DONTDUMP = 16;

  /** Takes {@link #MADV_DONTDUMP} back. */
  public static final int MADV_DODUMP = 17;
}
