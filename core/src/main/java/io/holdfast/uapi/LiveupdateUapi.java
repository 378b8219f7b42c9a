package io.holdfast.uapi;

/**
 * All of {@code include/uapi/linux/liveupdate.h} (Linux 7.3), spelled as in the header.
 * CREATE_SESSION and RETRIEVE_SESSION go to /dev/liveupdate, the others to a session's descriptor.
 */
public final class LiveupdateUapi {
  private LiveupdateUapi() {}

  public static final int LIVEUPDATE_IOCTL_TYPE = 0xBA;

  /** The longest session name, in bytes, with its terminating zero. */
  public static final int LIVEUPDATE_SESSION_NAME_LENGTH = 64;

  public static final int LIVEUPDATE_CMD_BASE = 0x00;
  public static final int LIVEUPDATE_CMD_CREATE_SESSION = LIVEUPDATE_CMD_BASE;
  public static final int LIVEUPDATE_CMD_RETRIEVE_SESSION = 0x01;

  public static final int LIVEUPDATE_CMD_SESSION_BASE = 0x40;
  public static final int LIVEUPDATE_CMD_SESSION_PRESERVE_FD = LIVEUPDATE_CMD_SESSION_BASE;
  public static final int LIVEUPDATE_CMD_SESSION_RETRIEVE_FD = 0x41;
  public static final int LIVEUPDATE_CMD_SESSION_FINISH = 0x42;
  public static final int LIVEUPDATE_CMD_SESSION_GET_NAME = 0x43;

  public static final long LIVEUPDATE_IOCTL_CREATE_SESSION =
      Ioctl._IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_CREATE_SESSION);
  public static final long LIVEUPDATE_IOCTL_RETRIEVE_SESSION =
      Ioctl._IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_RETRIEVE_SESSION);
  public static final long LIVEUPDATE_SESSION_PRESERVE_FD =
      Ioctl._IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_PRESERVE_FD);
  public static final long LIVEUPDATE_SESSION_RETRIEVE_FD =
      Ioctl._IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_RETRIEVE_FD);
  public static final long LIVEUPDATE_SESSION_FINISH =
      Ioctl._IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_FINISH);
  public static final long LIVEUPDATE_SESSION_GET_NAME =
      Ioctl._IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_GET_NAME);

  /**
   * {@code struct liveupdate_ioctl_create_session}: argument of {@link
   * #LIVEUPDATE_IOCTL_CREATE_SESSION}.
   */
  public static final class liveupdate_ioctl_create_session {
    private liveupdate_ioctl_create_session() {}

    public static final Struct LAYOUT = Struct.named("liveupdate_ioctl_create_session");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.S32 fd = LAYOUT.s32("fd");
    public static final Struct.Bytes name = LAYOUT.bytes("name", LIVEUPDATE_SESSION_NAME_LENGTH);
  }

  /**
   * {@code struct liveupdate_ioctl_retrieve_session}: argument of {@link
   * #LIVEUPDATE_IOCTL_RETRIEVE_SESSION}.
   */
  public static final class liveupdate_ioctl_retrieve_session {
    private liveupdate_ioctl_retrieve_session() {}

    public static final Struct LAYOUT = Struct.named("liveupdate_ioctl_retrieve_session");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.S32 fd = LAYOUT.s32("fd");
    public static final Struct.Bytes name = LAYOUT.bytes("name", LIVEUPDATE_SESSION_NAME_LENGTH);
  }

  /**
   * {@code struct liveupdate_session_preserve_fd}: argument of {@link
   * #LIVEUPDATE_SESSION_PRESERVE_FD}.
   */
  public static final class liveupdate_session_preserve_fd {
    private liveupdate_session_preserve_fd() {}

    public static final Struct LAYOUT = Struct.named("liveupdate_session_preserve_fd");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.S32 fd = LAYOUT.s32("fd");
    public static final Struct.U64 token = LAYOUT.u64("token");
  }

  /**
   * {@code struct liveupdate_session_retrieve_fd}: argument of {@link
   * #LIVEUPDATE_SESSION_RETRIEVE_FD}.
   */
  public static final class liveupdate_session_retrieve_fd {
    private liveupdate_session_retrieve_fd() {}

    public static final Struct LAYOUT = Struct.named("liveupdate_session_retrieve_fd");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.S32 fd = LAYOUT.s32("fd");
    public static final Struct.U64 token = LAYOUT.u64("token");
  }

  /** {@code struct liveupdate_session_finish}: argument of {@link #LIVEUPDATE_SESSION_FINISH}. */
  public static final class liveupdate_session_finish {
    private liveupdate_session_finish() {}

    public static final Struct LAYOUT = Struct.named("liveupdate_session_finish");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 reserved = LAYOUT.u32("reserved");
  }

  /**
   * {@code struct liveupdate_session_get_name}: argument of {@link #LIVEUPDATE_SESSION_GET_NAME}.
   */
  public static final class liveupdate_session_get_name {
    private liveupdate_session_get_name() {}

    public static final Struct LAYOUT = Struct.named("liveupdate_session_get_name");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 reserved = LAYOUT.u32("reserved");
    public static final Struct.Bytes name = LAYOUT.bytes("name", LIVEUPDATE_SESSION_NAME_LENGTH);
  }
}
