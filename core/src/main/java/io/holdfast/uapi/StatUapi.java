package io.holdfast.uapi;

/** The part of {@code include/uapi/linux/stat.h} that Holdfast uses; {@code statx} is laid out alike on every machine. */
public final class StatUapi {
  private StatUapi() {}

  public static final int STATX_BASIC_STATS = 0x07ff;

  public static final int S_IFMT = 0170000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFLNK = 0120000;

  /** {@code struct statx}: answer of {@code statx(2)}. */
  public static final class statx {
    private statx() {}

    public static final Struct LAYOUT = Struct.named("statx");
    public static final Struct.U32 stx_mask = LAYOUT.u32("stx_mask");
    public static final Struct.U32 stx_blksize = LAYOUT.u32("stx_blksize");
    public static final Struct.U64 stx_attributes = LAYOUT.u64("stx_attributes");
    public static final Struct.U32 stx_nlink = LAYOUT.u32("stx_nlink");
    public static final Struct.U32 stx_uid = LAYOUT.u32("stx_uid");
    public static final Struct.U32 stx_gid = LAYOUT.u32("stx_gid");
    public static final Struct.U16 stx_mode = LAYOUT.u16("stx_mode");
    public static final Struct.U16 __spare0 = LAYOUT.u16("__spare0");
    public static final Struct.U64 stx_ino = LAYOUT.u64("stx_ino");
    public static final Struct.U64 stx_size = LAYOUT.u64("stx_size");
    public static final Struct.U64 stx_blocks = LAYOUT.u64("stx_blocks");
    public static final Struct.U64 stx_attributes_mask = LAYOUT.u64("stx_attributes_mask");
    /** Access, birth, change and modification time (four {@code struct statx_timestamp} of 16 bytes). */
    public static final Struct.Bytes stx_times = LAYOUT.bytes("stx_atime", 64);

    public static final Struct.U32 stx_rdev_major = LAYOUT.u32("stx_rdev_major");
    public static final Struct.U32 stx_rdev_minor = LAYOUT.u32("stx_rdev_minor");
    public static final Struct.U32 stx_dev_major = LAYOUT.u32("stx_dev_major");
    public static final Struct.U32 stx_dev_minor = LAYOUT.u32("stx_dev_minor");
    /** What newer kernels fill in; the struct is 256 bytes on every kernel. */
    public static final Struct.Bytes __spare3 = LAYOUT.bytes("stx_mnt_id", 112);
  }
}
