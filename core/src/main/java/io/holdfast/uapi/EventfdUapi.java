package io.holdfast.uapi;

/** The flags of {@code eventfd(2)}, from {@code include/uapi/linux/eventfd.h}. */
public final class EventfdUapi {
  private EventfdUapi() {}

  public static final int EFD_SEMAPHORE = 1;
  public static final int EFD_CLOEXEC = FcntlUapi.O_CLOEXEC;
  public static final int EFD_NONBLOCK = FcntlUapi.O_NONBLOCK;
}
