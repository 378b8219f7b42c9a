package io.holdfast.uapi;

/**
 * The part of {@code include/uapi/linux/iommufd.h} (Linux 7.3) that Holdfast uses, spelled as in
 * the header. Every struct begins with its own size; the kernel refuses a non-zero tail it does not
 * know with E2BIG.
 */
public final class IommufdUapi {
  private IommufdUapi() {}

  public static final int IOMMUFD_TYPE = ';';

  public static final long IOMMU_DESTROY = Ioctl._IO(IOMMUFD_TYPE, 0x80);
  public static final long IOMMU_IOAS_ALLOC = Ioctl._IO(IOMMUFD_TYPE, 0x81);
  public static final long IOMMU_IOAS_ALLOW_IOVAS = Ioctl._IO(IOMMUFD_TYPE, 0x82);
  public static final long IOMMU_IOAS_COPY = Ioctl._IO(IOMMUFD_TYPE, 0x83);
  public static final long IOMMU_IOAS_IOVA_RANGES = Ioctl._IO(IOMMUFD_TYPE, 0x84);
  public static final long IOMMU_IOAS_MAP = Ioctl._IO(IOMMUFD_TYPE, 0x85);
  public static final long IOMMU_IOAS_UNMAP = Ioctl._IO(IOMMUFD_TYPE, 0x86);
  public static final long IOMMU_OPTION = Ioctl._IO(IOMMUFD_TYPE, 0x87);
  public static final long IOMMU_HWPT_ALLOC = Ioctl._IO(IOMMUFD_TYPE, 0x89);
  public static final long IOMMU_GET_HW_INFO = Ioctl._IO(IOMMUFD_TYPE, 0x8a);
  public static final long IOMMU_IOAS_MAP_FILE = Ioctl._IO(IOMMUFD_TYPE, 0x8f);
  public static final long IOMMU_IOAS_CHANGE_PROCESS = Ioctl._IO(IOMMUFD_TYPE, 0x92);
  public static final long IOMMU_IOAS_NOIOMMU_GET_PA = Ioctl._IO(IOMMUFD_TYPE, 0x95);

  public static final int IOMMU_IOAS_MAP_FIXED_IOVA = 1 << 0;
  public static final int IOMMU_IOAS_MAP_WRITEABLE = 1 << 1;
  public static final int IOMMU_IOAS_MAP_READABLE = 1 << 2;

  public static final int IOMMU_OPTION_RLIMIT_MODE = 0;
  public static final int IOMMU_OPTION_HUGE_PAGES = 1;
  public static final int IOMMU_OPTION_OP_SET = 0;
  public static final int IOMMU_OPTION_OP_GET = 1;

  public static final int IOMMU_HWPT_ALLOC_NEST_PARENT = 1 << 0;
  public static final int IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 1 << 1;
  public static final int IOMMU_HWPT_FAULT_ID_VALID = 1 << 2;
  public static final int IOMMU_HWPT_ALLOC_PASID = 1 << 3;

  public static final int IOMMU_HWPT_DATA_NONE = 0;

  public static final int IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1 << 0;

  public static final int IOMMU_HW_INFO_TYPE_NONE = 0;
  public static final int IOMMU_HW_INFO_TYPE_INTEL_VTD = 1;
  public static final int IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2;
  public static final int IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV = 3;
  public static final int IOMMU_HW_INFO_TYPE_AMD = 4;

  public static final int IOMMU_HW_CAP_DIRTY_TRACKING = 1 << 0;
  public static final int IOMMU_HW_CAP_PCI_PASID_EXEC = 1 << 1;
  public static final int IOMMU_HW_CAP_PCI_PASID_PRIV = 1 << 2;
  public static final int IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED = 1 << 3;

  /** {@code struct iommu_destroy}: argument of {@link #IOMMU_DESTROY}. */
  public static final class iommu_destroy {
    private iommu_destroy() {}

    public static final Struct LAYOUT = Struct.named("iommu_destroy");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 id = LAYOUT.u32("id");
  }

  /** {@code struct iommu_ioas_alloc}: argument of {@link #IOMMU_IOAS_ALLOC}. */
  public static final class iommu_ioas_alloc {
    private iommu_ioas_alloc() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_alloc");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 out_ioas_id = LAYOUT.u32("out_ioas_id");
  }

  /** {@code struct iommu_iova_range}. */
  public static final class iommu_iova_range {
    private iommu_iova_range() {}

    public static final Struct LAYOUT = Struct.named("iommu_iova_range");
    public static final Struct.U64 start = LAYOUT.u64("start");
    public static final Struct.U64 last = LAYOUT.u64("last");
  }

  /** {@code struct iommu_ioas_iova_ranges}: argument of {@link #IOMMU_IOAS_IOVA_RANGES}. */
  public static final class iommu_ioas_iova_ranges {
    private iommu_ioas_iova_ranges() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_iova_ranges");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 ioas_id = LAYOUT.u32("ioas_id");
    public static final Struct.U32 num_iovas = LAYOUT.u32("num_iovas");
    public static final Struct.U32 __reserved = LAYOUT.u32("__reserved");
    public static final Struct.U64 allowed_iovas = LAYOUT.u64("allowed_iovas");
    public static final Struct.U64 out_iova_alignment = LAYOUT.u64("out_iova_alignment");
  }

  /** {@code struct iommu_ioas_allow_iovas}: argument of {@link #IOMMU_IOAS_ALLOW_IOVAS}. */
  public static final class iommu_ioas_allow_iovas {
    private iommu_ioas_allow_iovas() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_allow_iovas");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 ioas_id = LAYOUT.u32("ioas_id");
    public static final Struct.U32 num_iovas = LAYOUT.u32("num_iovas");
    public static final Struct.U32 __reserved = LAYOUT.u32("__reserved");
    public static final Struct.U64 allowed_iovas = LAYOUT.u64("allowed_iovas");
  }

  /** {@code struct iommu_ioas_map}: argument of {@link #IOMMU_IOAS_MAP}. */
  public static final class iommu_ioas_map {
    private iommu_ioas_map() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_map");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 ioas_id = LAYOUT.u32("ioas_id");
    public static final Struct.U32 __reserved = LAYOUT.u32("__reserved");
    public static final Struct.U64 user_va = LAYOUT.u64("user_va");
    public static final Struct.U64 length = LAYOUT.u64("length");
    public static final Struct.U64 iova = LAYOUT.u64("iova");
  }

  /** {@code struct iommu_ioas_map_file}: argument of {@link #IOMMU_IOAS_MAP_FILE}. */
  public static final class iommu_ioas_map_file {
    private iommu_ioas_map_file() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_map_file");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 ioas_id = LAYOUT.u32("ioas_id");
    public static final Struct.S32 fd = LAYOUT.s32("fd");
    public static final Struct.U64 start = LAYOUT.u64("start");
    public static final Struct.U64 length = LAYOUT.u64("length");
    public static final Struct.U64 iova = LAYOUT.u64("iova");
  }

  /** {@code struct iommu_ioas_copy}: argument of {@link #IOMMU_IOAS_COPY}. */
  public static final class iommu_ioas_copy {
    private iommu_ioas_copy() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_copy");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 dst_ioas_id = LAYOUT.u32("dst_ioas_id");
    public static final Struct.U32 src_ioas_id = LAYOUT.u32("src_ioas_id");
    public static final Struct.U64 length = LAYOUT.u64("length");
    public static final Struct.U64 dst_iova = LAYOUT.u64("dst_iova");
    public static final Struct.U64 src_iova = LAYOUT.u64("src_iova");
  }

  /** {@code struct iommu_ioas_unmap}: argument of {@link #IOMMU_IOAS_UNMAP}. */
  public static final class iommu_ioas_unmap {
    private iommu_ioas_unmap() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_unmap");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 ioas_id = LAYOUT.u32("ioas_id");
    public static final Struct.U64 iova = LAYOUT.u64("iova");
    public static final Struct.U64 length = LAYOUT.u64("length");
  }

  /** {@code struct iommu_option}: argument of {@link #IOMMU_OPTION}. */
  public static final class iommu_option {
    private iommu_option() {}

    public static final Struct LAYOUT = Struct.named("iommu_option");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 option_id = LAYOUT.u32("option_id");
    public static final Struct.U16 op = LAYOUT.u16("op");
    public static final Struct.U16 __reserved = LAYOUT.u16("__reserved");
    public static final Struct.U32 object_id = LAYOUT.u32("object_id");
    public static final Struct.U64 val64 = LAYOUT.u64("val64");
  }

  /** {@code struct iommu_hwpt_alloc}: argument of {@link #IOMMU_HWPT_ALLOC}. */
  public static final class iommu_hwpt_alloc {
    private iommu_hwpt_alloc() {}

    public static final Struct LAYOUT = Struct.named("iommu_hwpt_alloc");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 dev_id = LAYOUT.u32("dev_id");
    public static final Struct.U32 pt_id = LAYOUT.u32("pt_id");
    public static final Struct.U32 out_hwpt_id = LAYOUT.u32("out_hwpt_id");
    public static final Struct.U32 __reserved = LAYOUT.u32("__reserved");
    public static final Struct.U32 data_type = LAYOUT.u32("data_type");
    public static final Struct.U32 data_len = LAYOUT.u32("data_len");
    public static final Struct.U64 data_uptr = LAYOUT.u64("data_uptr");
    public static final Struct.U32 fault_id = LAYOUT.u32("fault_id");
    public static final Struct.U32 __reserved2 = LAYOUT.u32("__reserved2");
  }

  /** {@code struct iommu_hw_info}: argument of {@link #IOMMU_GET_HW_INFO}. */
  public static final class iommu_hw_info {
    private iommu_hw_info() {}

    public static final Struct LAYOUT = Struct.named("iommu_hw_info");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 dev_id = LAYOUT.u32("dev_id");
    public static final Struct.U32 data_len = LAYOUT.u32("data_len");
    public static final Struct.U64 data_uptr = LAYOUT.u64("data_uptr");
    public static final Struct.U32 in_data_type = LAYOUT.u32("in_data_type");

    /** The same four bytes as {@link #in_data_type} (a union in the header). */
    public static final Struct.U32 out_data_type = in_data_type;

    public static final Struct.U8 out_max_pasid_log2 = LAYOUT.u8("out_max_pasid_log2");
    public static final Struct.Bytes __reserved = LAYOUT.bytes("__reserved", 3);
    public static final Struct.U64 out_capabilities = LAYOUT.u64("out_capabilities");
  }

  /** {@code struct iommu_ioas_change_process}: argument of {@link #IOMMU_IOAS_CHANGE_PROCESS}. */
  public static final class iommu_ioas_change_process {
    private iommu_ioas_change_process() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_change_process");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 __reserved = LAYOUT.u32("__reserved");
  }

  /** {@code struct iommu_ioas_noiommu_get_pa}: argument of {@link #IOMMU_IOAS_NOIOMMU_GET_PA}. */
  public static final class iommu_ioas_noiommu_get_pa {
    private iommu_ioas_noiommu_get_pa() {}

    public static final Struct LAYOUT = Struct.named("iommu_ioas_noiommu_get_pa");
    public static final Struct.U32 size = LAYOUT.u32("size");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 ioas_id = LAYOUT.u32("ioas_id");
    public static final Struct.U32 __reserved = LAYOUT.u32("__reserved");
    public static final Struct.U64 iova = LAYOUT.u64("iova");
    public static final Struct.U64 length = LAYOUT.u64("length");
    public static final Struct.U64 out_phys = LAYOUT.u64("out_phys");
  }
}
