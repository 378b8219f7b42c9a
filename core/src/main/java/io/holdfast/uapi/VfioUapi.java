package io.holdfast.uapi;

/**
 * The part of {@code include/uapi/linux/vfio.h} (Linux 7.3) that Holdfast uses, spelled as in the
 * header. Every struct begins with {@code argsz}, the size the caller has room for.
 */
public final class VfioUapi {
  private VfioUapi() {}

  public static final int VFIO_TYPE = ';';
  public static final int VFIO_BASE = 100;

  public static final int VFIO_API_VERSION = 0;

  public static final long VFIO_GET_API_VERSION = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 0);
  public static final long VFIO_CHECK_EXTENSION = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 1);
  public static final long VFIO_SET_IOMMU = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 2);
  public static final long VFIO_GROUP_GET_STATUS = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 3);
  public static final long VFIO_GROUP_SET_CONTAINER = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 4);
  public static final long VFIO_GROUP_UNSET_CONTAINER = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 5);
  public static final long VFIO_GROUP_GET_DEVICE_FD = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 6);
  public static final long VFIO_DEVICE_GET_INFO = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 7);
  public static final long VFIO_DEVICE_GET_REGION_INFO = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 8);
  public static final long VFIO_DEVICE_GET_IRQ_INFO = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 9);
  public static final long VFIO_DEVICE_SET_IRQS = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 10);
  public static final long VFIO_DEVICE_RESET = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 11);
  public static final long VFIO_DEVICE_GET_PCI_HOT_RESET_INFO =
      Ioctl._IO(VFIO_TYPE, VFIO_BASE + 12);
  public static final long VFIO_DEVICE_PCI_HOT_RESET = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 13);
  public static final long VFIO_DEVICE_BIND_IOMMUFD = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 18);
  public static final long VFIO_DEVICE_ATTACH_IOMMUFD_PT = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 19);
  public static final long VFIO_DEVICE_DETACH_IOMMUFD_PT = Ioctl._IO(VFIO_TYPE, VFIO_BASE + 20);

  public static final int VFIO_TYPE1_IOMMU = 1;
  public static final int VFIO_TYPE1v2_IOMMU = 3;
  public static final int VFIO_NOIOMMU_IOMMU = 8;

  public static final int VFIO_GROUP_FLAGS_VIABLE = 1 << 0;
  public static final int VFIO_GROUP_FLAGS_CONTAINER_SET = 1 << 1;

  public static final int VFIO_DEVICE_FLAGS_RESET = 1 << 0;
  public static final int VFIO_DEVICE_FLAGS_PCI = 1 << 1;
  public static final int VFIO_DEVICE_FLAGS_PLATFORM = 1 << 2;
  public static final int VFIO_DEVICE_FLAGS_AMBA = 1 << 3;
  public static final int VFIO_DEVICE_FLAGS_CCW = 1 << 4;
  public static final int VFIO_DEVICE_FLAGS_AP = 1 << 5;
  public static final int VFIO_DEVICE_FLAGS_FSL_MC = 1 << 6;
  public static final int VFIO_DEVICE_FLAGS_CAPS = 1 << 7;
  public static final int VFIO_DEVICE_FLAGS_CDX = 1 << 8;

  public static final int VFIO_REGION_INFO_FLAG_READ = 1 << 0;
  public static final int VFIO_REGION_INFO_FLAG_WRITE = 1 << 1;
  public static final int VFIO_REGION_INFO_FLAG_MMAP = 1 << 2;
  public static final int VFIO_REGION_INFO_FLAG_CAPS = 1 << 3;

  public static final int VFIO_IRQ_INFO_EVENTFD = 1 << 0;
  public static final int VFIO_IRQ_INFO_MASKABLE = 1 << 1;
  public static final int VFIO_IRQ_INFO_AUTOMASKED = 1 << 2;
  public static final int VFIO_IRQ_INFO_NORESIZE = 1 << 3;

  public static final int VFIO_IRQ_SET_DATA_NONE = 1 << 0;
  public static final int VFIO_IRQ_SET_DATA_BOOL = 1 << 1;
  public static final int VFIO_IRQ_SET_DATA_EVENTFD = 1 << 2;
  public static final int VFIO_IRQ_SET_ACTION_MASK = 1 << 3;
  public static final int VFIO_IRQ_SET_ACTION_UNMASK = 1 << 4;
  public static final int VFIO_IRQ_SET_ACTION_TRIGGER = 1 << 5;
  public static final int VFIO_IRQ_SET_DATA_TYPE_MASK =
      VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_DATA_EVENTFD;
  public static final int VFIO_IRQ_SET_ACTION_TYPE_MASK =
      VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_ACTION_TRIGGER;

  public static final int VFIO_PCI_HOT_RESET_FLAG_DEV_ID = 1 << 0;
  public static final int VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED = 1 << 1;

  public static final int VFIO_DEVICE_BIND_FLAG_TOKEN = 1 << 0;

  public static final int VFIO_DEVICE_ATTACH_PASID = 1 << 0;
  public static final int VFIO_DEVICE_DETACH_PASID = 1 << 0;

  public static final int VFIO_PCI_DEVID_OWNED = 0;
  public static final int VFIO_PCI_DEVID_NOT_OWNED = -1;

  public static final int VFIO_PCI_BAR0_REGION_INDEX = 0;
  public static final int VFIO_PCI_BAR1_REGION_INDEX = 1;
  public static final int VFIO_PCI_BAR2_REGION_INDEX = 2;
  public static final int VFIO_PCI_BAR3_REGION_INDEX = 3;
  public static final int VFIO_PCI_BAR4_REGION_INDEX = 4;
  public static final int VFIO_PCI_BAR5_REGION_INDEX = 5;
  public static final int VFIO_PCI_ROM_REGION_INDEX = 6;
  public static final int VFIO_PCI_CONFIG_REGION_INDEX = 7;
  public static final int VFIO_PCI_VGA_REGION_INDEX = 8;

  public static final int VFIO_PCI_INTX_IRQ_INDEX = 0;
  public static final int VFIO_PCI_MSI_IRQ_INDEX = 1;
  public static final int VFIO_PCI_MSIX_IRQ_INDEX = 2;
  public static final int VFIO_PCI_ERR_IRQ_INDEX = 3;
  public static final int VFIO_PCI_REQ_IRQ_INDEX = 4;

  /** {@code struct vfio_group_status}: argument of {@link #VFIO_GROUP_GET_STATUS}. */
  public static final class vfio_group_status {
    private vfio_group_status() {}

    public static final Struct LAYOUT = Struct.named("vfio_group_status");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
  }

  /** {@code struct vfio_device_info}: argument of {@link #VFIO_DEVICE_GET_INFO}. */
  public static final class vfio_device_info {
    private vfio_device_info() {}

    public static final Struct LAYOUT = Struct.named("vfio_device_info");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 num_regions = LAYOUT.u32("num_regions");
    public static final Struct.U32 num_irqs = LAYOUT.u32("num_irqs");
    public static final Struct.U32 cap_offset = LAYOUT.u32("cap_offset");
    public static final Struct.U32 pad = LAYOUT.u32("pad");
  }

  /** {@code struct vfio_region_info}: argument of {@link #VFIO_DEVICE_GET_REGION_INFO}. */
  public static final class vfio_region_info {
    private vfio_region_info() {}

    public static final Struct LAYOUT = Struct.named("vfio_region_info");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 index = LAYOUT.u32("index");
    public static final Struct.U32 cap_offset = LAYOUT.u32("cap_offset");
    public static final Struct.U64 size = LAYOUT.u64("size");
    public static final Struct.U64 offset = LAYOUT.u64("offset");
  }

  /** {@code struct vfio_irq_info}: argument of {@link #VFIO_DEVICE_GET_IRQ_INFO}. */
  public static final class vfio_irq_info {
    private vfio_irq_info() {}

    public static final Struct LAYOUT = Struct.named("vfio_irq_info");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 index = LAYOUT.u32("index");
    public static final Struct.U32 count = LAYOUT.u32("count");
  }

  /** {@code struct vfio_irq_set}: argument of {@link #VFIO_DEVICE_SET_IRQS}. */
  public static final class vfio_irq_set {
    private vfio_irq_set() {}

    public static final Struct LAYOUT = Struct.named("vfio_irq_set");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 index = LAYOUT.u32("index");
    public static final Struct.U32 start = LAYOUT.u32("start");
    public static final Struct.U32 count = LAYOUT.u32("count");
    public static final Struct.Bytes data = LAYOUT.flexible("data", 1, 1);
  }

  /** {@code struct vfio_pci_dependent_device}. */
  public static final class vfio_pci_dependent_device {
    private vfio_pci_dependent_device() {}

    public static final Struct LAYOUT = Struct.named("vfio_pci_dependent_device");
    public static final Struct.U32 group_id = LAYOUT.u32("group_id");

    /** The same four bytes as {@link #group_id} (a union in the header). */
    public static final Struct.U32 devid = group_id;

    public static final Struct.U16 segment = LAYOUT.u16("segment");
    public static final Struct.U8 bus = LAYOUT.u8("bus");
    public static final Struct.U8 devfn = LAYOUT.u8("devfn");
  }

  /**
   * {@code struct vfio_pci_hot_reset_info}: argument of {@link
   * #VFIO_DEVICE_GET_PCI_HOT_RESET_INFO}.
   */
  public static final class vfio_pci_hot_reset_info {
    private vfio_pci_hot_reset_info() {}

    public static final Struct LAYOUT = Struct.named("vfio_pci_hot_reset_info");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 count = LAYOUT.u32("count");
    public static final Struct.Bytes devices =
        LAYOUT.flexible(
            "devices",
            vfio_pci_dependent_device.LAYOUT.size(),
            vfio_pci_dependent_device.LAYOUT.alignment());
  }

  /** {@code struct vfio_pci_hot_reset}: argument of {@link #VFIO_DEVICE_PCI_HOT_RESET}. */
  public static final class vfio_pci_hot_reset {
    private vfio_pci_hot_reset() {}

    public static final Struct LAYOUT = Struct.named("vfio_pci_hot_reset");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 count = LAYOUT.u32("count");
    public static final Struct.Bytes group_fds = LAYOUT.flexible("group_fds", 4, 4);
  }

  /** {@code struct vfio_device_bind_iommufd}: argument of {@link #VFIO_DEVICE_BIND_IOMMUFD}. */
  public static final class vfio_device_bind_iommufd {
    private vfio_device_bind_iommufd() {}

    public static final Struct LAYOUT = Struct.named("vfio_device_bind_iommufd");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.S32 iommufd = LAYOUT.s32("iommufd");
    public static final Struct.U32 out_devid = LAYOUT.u32("out_devid");
    public static final Struct.U64 token_uuid_ptr = LAYOUT.u64("token_uuid_ptr");
  }

  /**
   * {@code struct vfio_device_attach_iommufd_pt}: argument of {@link
   * #VFIO_DEVICE_ATTACH_IOMMUFD_PT}.
   */
  public static final class vfio_device_attach_iommufd_pt {
    private vfio_device_attach_iommufd_pt() {}

    public static final Struct LAYOUT = Struct.named("vfio_device_attach_iommufd_pt");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 pt_id = LAYOUT.u32("pt_id");
    public static final Struct.U32 pasid = LAYOUT.u32("pasid");
  }

  /**
   * {@code struct vfio_device_detach_iommufd_pt}: argument of {@link
   * #VFIO_DEVICE_DETACH_IOMMUFD_PT}.
   */
  public static final class vfio_device_detach_iommufd_pt {
    private vfio_device_detach_iommufd_pt() {}

    public static final Struct LAYOUT = Struct.named("vfio_device_detach_iommufd_pt");
    public static final Struct.U32 argsz = LAYOUT.u32("argsz");
    public static final Struct.U32 flags = LAYOUT.u32("flags");
    public static final Struct.U32 pasid = LAYOUT.u32("pasid");
  }
}
