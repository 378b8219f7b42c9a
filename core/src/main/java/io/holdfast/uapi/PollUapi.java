package io.holdfast.uapi;

/** The part of {@code poll.h} that Holdfast uses. */
public final class PollUapi {
  private PollUapi() {}

  public static final int POLLIN = 0x1;
  public static final int POLLOUT = 0x4;
  public static final int POLLERR = 0x8;
  public static final int POLLHUP = 0x10;
  public static final int POLLNVAL = 0x20;

  /** {@code struct pollfd}: a descriptor, what is awaited of it and what it is ready for. */
  public static final class pollfd {
    private pollfd() {}

    public static final Struct LAYOUT = Struct.named("pollfd");
    public static final Struct.S32 fd = LAYOUT.s32("fd");
    public static final Struct.S16 events = LAYOUT.s16("events");
    public static final Struct.S16 revents = LAYOUT.s16("revents");
  }
}
