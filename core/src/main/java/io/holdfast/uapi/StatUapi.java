package io.holdfast.uapi;

/**
 * The part of {@code include/uapi/linux/stat.h} that Holdfast uses; {@code statx} is laid out alike
 * on every machine.
 */
public final class StatUapi {
  private StatUapi() {}

  public static final int STATX_BASIC_STATS = 0x07ff;

  public static final int S_IFMT = 0170000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFSOCK = 0140000;

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
    public static final Struct.U64 stx_ino = LAYOUT.u64("stx_ino");
    public static final Struct.U64 stx_size = LAYOUT.u64("stx_size");
    public static final Struct.U64 stx_blocks = LAYOUT.u64("stx_blocks");
    public static final Struct.U64 stx_attributes_mask = LAYOUT.u64("stx_attributes_mask");

    /** These four are a {@code struct statx_timestamp} each, which Holdfast does not look into. */
    public static final Struct.Bytes stx_atime = LAYOUT.structure("stx_atime", 16, 8);

    public static final Struct.Bytes stx_btime = LAYOUT.structure("stx_btime", 16, 8);
    public static final Struct.Bytes stx_ctime = LAYOUT.structure("stx_ctime", 16, 8);
    public static final Struct.Bytes stx_mtime = LAYOUT.structure("stx_mtime", 16, 8);
    public static final Struct.U32 stx_rdev_major = LAYOUT.u32("stx_rdev_major");
    public static final Struct.U32 stx_rdev_minor = LAYOUT.u32("stx_rdev_minor");
    public static final Struct.U32 stx_dev_major = LAYOUT.u32("stx_dev_major");
    public static final Struct.U32 stx_dev_minor = LAYOUT.u32("stx_dev_minor");

    static {
      LAYOUT.padTo(256); // newer kernels fill in more of it, and none changes its size
    }
  }
}
