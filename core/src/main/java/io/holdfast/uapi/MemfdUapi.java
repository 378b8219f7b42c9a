package io.holdfast.uapi;

/** The flags of {@code memfd_create(2)}, from {@code include/uapi/linux/memfd.h}. */
public final class MemfdUapi {
  private MemfdUapi() {}

  public static final int MFD_CLOEXEC = 0x0001;
  public static final int MFD_ALLOW_SEALING = 0x0002;
  public static final int MFD_HUGETLB = 0x0004;
  public static final int MFD_NOEXEC_SEAL = 0x0008;
  public static final int MFD_EXEC = 0x0010;
}
