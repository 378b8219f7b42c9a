package io.holdfast.uapi;

import static io.holdfast.uapi.Request.Target.VFIO_CONTAINER;
import static io.holdfast.uapi.Request.Target.VFIO_DEVICE;
import static io.holdfast.uapi.Request.Target.VFIO_GROUP;

import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import io.holdfast.uapi.VfioUapi.vfio_device_detach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_group_status;
import io.holdfast.uapi.VfioUapi.vfio_irq_info;
import io.holdfast.uapi.VfioUapi.vfio_irq_set;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import io.holdfast.uapi.VfioUapi.vfio_region_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** The requests that VFIO devices, and legacy groups and containers, take. */
final class VfioRequests {
  private VfioRequests() {}

  /** A longer array is cut here in a trace. */
  private static final int ELEMENTS_SHOWN = 16;

  static List<Request> table() {
    List<Request> all = new ArrayList<>();
    containersAndGroups(all);
    Constants deviceFlags =
        bits(
            "VFIO_DEVICE_FLAGS_RESET",
            "VFIO_DEVICE_FLAGS_PCI",
            "VFIO_DEVICE_FLAGS_PLATFORM",
            "VFIO_DEVICE_FLAGS_AMBA",
            "VFIO_DEVICE_FLAGS_CCW",
            "VFIO_DEVICE_FLAGS_AP",
            "VFIO_DEVICE_FLAGS_FSL_MC",
            "VFIO_DEVICE_FLAGS_CAPS",
            "VFIO_DEVICE_FLAGS_CDX");
    Constants regionFlags =
        bits(
            "VFIO_REGION_INFO_FLAG_READ",
            "VFIO_REGION_INFO_FLAG_WRITE",
            "VFIO_REGION_INFO_FLAG_MMAP",
            "VFIO_REGION_INFO_FLAG_CAPS");
    Constants regions =
        values(
            "VFIO_PCI_BAR0_REGION_INDEX",
            "VFIO_PCI_BAR1_REGION_INDEX",
            "VFIO_PCI_BAR2_REGION_INDEX",
            "VFIO_PCI_BAR3_REGION_INDEX",
            "VFIO_PCI_BAR4_REGION_INDEX",
            "VFIO_PCI_BAR5_REGION_INDEX",
            "VFIO_PCI_ROM_REGION_INDEX",
            "VFIO_PCI_CONFIG_REGION_INDEX",
            "VFIO_PCI_VGA_REGION_INDEX");
    Constants irqInfoFlags =
        bits(
            "VFIO_IRQ_INFO_EVENTFD",
            "VFIO_IRQ_INFO_MASKABLE",
            "VFIO_IRQ_INFO_AUTOMASKED",
            "VFIO_IRQ_INFO_NORESIZE");
    Constants irqs =
        values(
            "VFIO_PCI_INTX_IRQ_INDEX",
            "VFIO_PCI_MSI_IRQ_INDEX",
            "VFIO_PCI_MSIX_IRQ_INDEX",
            "VFIO_PCI_ERR_IRQ_INDEX",
            "VFIO_PCI_REQ_IRQ_INDEX");
    Constants irqSetFlags =
        bits(
            "VFIO_IRQ_SET_DATA_NONE",
            "VFIO_IRQ_SET_DATA_BOOL",
            "VFIO_IRQ_SET_DATA_EVENTFD",
            "VFIO_IRQ_SET_ACTION_MASK",
            "VFIO_IRQ_SET_ACTION_UNMASK",
            "VFIO_IRQ_SET_ACTION_TRIGGER");
    Constants hotResetFlags =
        bits("VFIO_PCI_HOT_RESET_FLAG_DEV_ID", "VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED");
    Constants bindFlags = bits("VFIO_DEVICE_BIND_FLAG_TOKEN");
    Constants attachFlags = bits("VFIO_DEVICE_ATTACH_PASID");
    Constants detachFlags = bits("VFIO_DEVICE_DETACH_PASID");
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_GET_INFO",
                VfioUapi.VFIO_DEVICE_GET_INFO,
                vfio_device_info.LAYOUT)
            .with(vfio_device_info.flags, deviceFlags));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_GET_REGION_INFO",
                VfioUapi.VFIO_DEVICE_GET_REGION_INFO,
                vfio_region_info.LAYOUT)
            .with(vfio_region_info.flags, regionFlags)
            .with(vfio_region_info.index, regions));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_GET_IRQ_INFO",
                VfioUapi.VFIO_DEVICE_GET_IRQ_INFO,
                vfio_irq_info.LAYOUT)
            .with(vfio_irq_info.flags, irqInfoFlags)
            .with(vfio_irq_info.index, irqs));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_SET_IRQS",
                VfioUapi.VFIO_DEVICE_SET_IRQS,
                vfio_irq_set.LAYOUT)
            .with(vfio_irq_set.flags, irqSetFlags)
            .with(vfio_irq_set.index, irqs)
            .with(VfioRequests::irqData));
    all.add(Request.of(VFIO_DEVICE, "VFIO_DEVICE_RESET", VfioUapi.VFIO_DEVICE_RESET, null));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO",
                VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO,
                vfio_pci_hot_reset_info.LAYOUT)
            .with(vfio_pci_hot_reset_info.flags, hotResetFlags)
            .with(VfioRequests::dependentDevices));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_PCI_HOT_RESET",
                VfioUapi.VFIO_DEVICE_PCI_HOT_RESET,
                vfio_pci_hot_reset.LAYOUT)
            .with(VfioRequests::groupDescriptors));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_BIND_IOMMUFD",
                VfioUapi.VFIO_DEVICE_BIND_IOMMUFD,
                vfio_device_bind_iommufd.LAYOUT)
            .with(vfio_device_bind_iommufd.flags, bindFlags));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_ATTACH_IOMMUFD_PT",
                VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT,
                vfio_device_attach_iommufd_pt.LAYOUT)
            .with(vfio_device_attach_iommufd_pt.flags, attachFlags));
    all.add(
        Request.of(
                VFIO_DEVICE,
                "VFIO_DEVICE_DETACH_IOMMUFD_PT",
                VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT,
                vfio_device_detach_iommufd_pt.LAYOUT)
            .with(vfio_device_detach_iommufd_pt.flags, detachFlags));
    return all;
  }

  private static String irqData(MemorySegment set) {
    int flags = vfio_irq_set.flags.get(set);
    int count = vfio_irq_set.count.get(set);
    if ((flags & VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD) != 0) {
      return ints(vfio_irq_set.data, set, count);
    }
    if ((flags & VfioUapi.VFIO_IRQ_SET_DATA_BOOL) != 0) {
      return elements(
          vfio_irq_set.data,
          set,
          count,
          1,
          (data, at) -> Integer.toString(data.get(ValueLayout.JAVA_BYTE, at)));
    }
    return "[]";
  }

  private static String groupDescriptors(MemorySegment reset) {
    return ints(vfio_pci_hot_reset.group_fds, reset, vfio_pci_hot_reset.count.get(reset));
  }

  private static String dependentDevices(MemorySegment info) {
    boolean ids =
        (vfio_pci_hot_reset_info.flags.get(info) & VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID) != 0;
    long size = vfio_pci_dependent_device.LAYOUT.size();
    return elements(
        vfio_pci_hot_reset_info.devices,
        info,
        vfio_pci_hot_reset_info.count.get(info),
        size,
        (devices, at) -> {
          MemorySegment device = devices.asSlice(at, size);
          return (ids ? "{devid=" : "{group_id=")
              + vfio_pci_dependent_device.devid.get(device)
              + ", segment="
              + vfio_pci_dependent_device.segment.get(device)
              + ", bus="
              + vfio_pci_dependent_device.bus.get(device)
              + ", devfn="
              + vfio_pci_dependent_device.devfn.get(device)
              + "}";
        });
  }

  private static void containersAndGroups(List<Request> all) {
    all.add(
        Request.of(VFIO_CONTAINER, "VFIO_GET_API_VERSION", VfioUapi.VFIO_GET_API_VERSION, null));
    all.add(
        Request.of(VFIO_CONTAINER, "VFIO_CHECK_EXTENSION", VfioUapi.VFIO_CHECK_EXTENSION, null));
    all.add(Request.of(VFIO_CONTAINER, "VFIO_SET_IOMMU", VfioUapi.VFIO_SET_IOMMU, null));
    all.add(
        Request.of(
                VFIO_GROUP,
                "VFIO_GROUP_GET_STATUS",
                VfioUapi.VFIO_GROUP_GET_STATUS,
                vfio_group_status.LAYOUT)
            .with(
                vfio_group_status.flags,
                bits("VFIO_GROUP_FLAGS_VIABLE", "VFIO_GROUP_FLAGS_CONTAINER_SET")));
    all.add(
        Request.of(
            VFIO_GROUP, "VFIO_GROUP_SET_CONTAINER", VfioUapi.VFIO_GROUP_SET_CONTAINER, null));
    all.add(
        Request.of(
            VFIO_GROUP, "VFIO_GROUP_UNSET_CONTAINER", VfioUapi.VFIO_GROUP_UNSET_CONTAINER, null));
    all.add(
        Request.of(
            VFIO_GROUP, "VFIO_GROUP_GET_DEVICE_FD", VfioUapi.VFIO_GROUP_GET_DEVICE_FD, null));
  }

  private static String ints(Struct.Bytes field, MemorySegment struct, int count) {
    return elements(
        field,
        struct,
        count,
        4,
        (data, at) -> Integer.toString(data.get(ValueLayout.JAVA_INT_UNALIGNED, at)));
  }

  private interface Element {
    String text(MemorySegment array, long offset);
  }

  /** Believes a count only as far as the memory that was handed over reaches. */
  private static String elements(
      Struct.Bytes field, MemorySegment struct, int count, long size, Element element) {
    MemorySegment array = field.slice(struct);
    long there = Math.min(Integer.toUnsignedLong(count), array.byteSize() / size);
    StringJoiner text = new StringJoiner(", ", "[", "]");
    for (long i = 0; i < Math.min(there, ELEMENTS_SHOWN); i++) {
      text.add(element.text(array, i * size));
    }
    if (there > ELEMENTS_SHOWN) {
      text.add("... " + (there - ELEMENTS_SHOWN) + " more");
    }
    return text.toString();
  }

  private static Constants bits(String... names) {
    return Constants.bits(VfioUapi.class, names);
  }

  private static Constants values(String... names) {
    return Constants.values(VfioUapi.class, names);
  }
}
