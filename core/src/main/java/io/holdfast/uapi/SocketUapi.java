package io.holdfast.uapi;

/**
 * The part of {@code sys/socket.h} that Holdfast uses: Unix sockets, and the control messages by
 * which descriptors pass over them. The values are those of x86-64 and arm64.
 */
public final class SocketUapi {
  private SocketUapi() {}

  public static final int AF_UNIX = 1;
  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_SEQPACKET = 5;
  public static final int SOCK_NONBLOCK = FcntlUapi.O_NONBLOCK;
  public static final int SOCK_CLOEXEC = FcntlUapi.O_CLOEXEC;

  public static final int SOL_SOCKET = 1;
  public static final int SO_TYPE = 3;
  public static final int SO_ERROR = 4;
  public static final int SO_PEERCRED = 17;

  public static final int SCM_RIGHTS = 1;
  public static final int SCM_CREDENTIALS = 2;

  public static final int MSG_CTRUNC = 0x8;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;

  public static final int SHUT_RD = 0;
  public static final int SHUT_WR = 1;
  public static final int SHUT_RDWR = 2;

  /** {@code struct iovec}: a piece of memory. */
  public static final class iovec {
    private iovec() {}

    public static final Struct LAYOUT = Struct.named("iovec");
    public static final Struct.U64 iov_base = LAYOUT.u64("iov_base");
    public static final Struct.U64 iov_len = LAYOUT.u64("iov_len");
  }

  /** {@code struct msghdr}: what sendmsg and recvmsg move; pointers are addresses. */
  public static final class msghdr {
    private msghdr() {}

    public static final Struct LAYOUT = Struct.named("msghdr");
    public static final Struct.U64 msg_name = LAYOUT.u64("msg_name");
    public static final Struct.U32 msg_namelen = LAYOUT.u32("msg_namelen");
    public static final Struct.U64 msg_iov = LAYOUT.u64("msg_iov");
    public static final Struct.U64 msg_iovlen = LAYOUT.u64("msg_iovlen");
    public static final Struct.U64 msg_control = LAYOUT.u64("msg_control");
    public static final Struct.U64 msg_controllen = LAYOUT.u64("msg_controllen");
    public static final Struct.S32 msg_flags = LAYOUT.s32("msg_flags");
  }

  /** {@code struct cmsghdr}: the head of a control message; its data follow at 8 bytes. */
  public static final class cmsghdr {
    private cmsghdr() {}

    public static final Struct LAYOUT = Struct.named("cmsghdr");
    public static final Struct.U64 cmsg_len = LAYOUT.u64("cmsg_len");
    public static final Struct.S32 cmsg_level = LAYOUT.s32("cmsg_level");
    public static final Struct.S32 cmsg_type = LAYOUT.s32("cmsg_type");
  }

  /** {@code struct ucred}: who is at the other end, by SO_PEERCRED. */
  public static final class ucred {
    private ucred() {}

    public static final Struct LAYOUT = Struct.named("ucred");
    public static final Struct.S32 pid = LAYOUT.s32("pid");
    public static final Struct.U32 uid = LAYOUT.u32("uid");
    public static final Struct.U32 gid = LAYOUT.u32("gid");
  }
}
