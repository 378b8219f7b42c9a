package io.holdfast.uapi;

/**
 * The part of {@code include/uapi/linux/fcntl.h} and {@code asm-generic/fcntl.h} that Holdfast
 * uses. The values are those of x86-64 and arm64.
 */
public final class FcntlUapi {
  private FcntlUapi() {}

  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_EMPTY_PATH = 0x1000;

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_ACCMODE = 3;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_TRUNC = 01000;
  public static final int O_APPEND = 02000;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CLOEXEC = 0x80000;

  public static final int F_GETFD = 1;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int FD_CLOEXEC = 1;
  public static final int F_DUPFD_CLOEXEC = 1030;

  /** Locks that belong to the open file description. */
  public static final int F_OFD_SETLK = 37;

  public static final int F_WRLCK = 1;

  public static final int F_ADD_SEALS = 1033;
  public static final int F_GET_SEALS = 1034;
  public static final int F_SEAL_SEAL = 0x0001;
  public static final int F_SEAL_SHRINK = 0x0002;
  public static final int F_SEAL_GROW = 0x0004;
  public static final int F_SEAL_WRITE = 0x0008;
  public static final int F_SEAL_FUTURE_WRITE = 0x0010;
  public static final int F_SEAL_EXEC = 0x0020;

  /** {@code struct flock}: argument of {@link #F_OFD_SETLK}. */
  public static final class flock {
    private flock() {}

    public static final Struct LAYOUT = Struct.named("flock");
    public static final Struct.S16 l_type = LAYOUT.s16("l_type");
    public static final Struct.S16 l_whence = LAYOUT.s16("l_whence");
    public static final Struct.S64 l_start = LAYOUT.s64("l_start");
    public static final Struct.S64 l_len = LAYOUT.s64("l_len");
    public static final Struct.S32 l_pid = LAYOUT.s32("l_pid");
  }
}
