package io.holdfast.uapi;

import static io.holdfast.uapi.Request.Target.IOMMUFD;

import io.holdfast.uapi.IommufdUapi.iommu_destroy;
import io.holdfast.uapi.IommufdUapi.iommu_hw_info;
import io.holdfast.uapi.IommufdUapi.iommu_hwpt_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_allow_iovas;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_change_process;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_copy;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_iova_ranges;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map_file;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_unmap;
import io.holdfast.uapi.IommufdUapi.iommu_option;
import java.util.ArrayList;
import java.util.List;

/** The requests that a descriptor of {@code /dev/iommu} takes. */
final class IommufdRequests {
  private IommufdRequests() {}

  static List<Request> table() {
    List<Request> all = new ArrayList<>();
    Constants mapFlags =
        bits("IOMMU_IOAS_MAP_FIXED_IOVA", "IOMMU_IOAS_MAP_WRITEABLE", "IOMMU_IOAS_MAP_READABLE");
    Constants options = values("IOMMU_OPTION_RLIMIT_MODE", "IOMMU_OPTION_HUGE_PAGES");
    Constants optionOps = values("IOMMU_OPTION_OP_SET", "IOMMU_OPTION_OP_GET");
    Constants hwptFlags =
        bits(
            "IOMMU_HWPT_ALLOC_NEST_PARENT",
            "IOMMU_HWPT_ALLOC_DIRTY_TRACKING",
            "IOMMU_HWPT_FAULT_ID_VALID",
            "IOMMU_HWPT_ALLOC_PASID");
    Constants hwInfoFlags = bits("IOMMU_HW_INFO_FLAG_INPUT_TYPE");
    Constants hwInfoTypes =
        values(
            "IOMMU_HW_INFO_TYPE_NONE",
            "IOMMU_HW_INFO_TYPE_INTEL_VTD",
            "IOMMU_HW_INFO_TYPE_ARM_SMMUV3",
            "IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV",
            "IOMMU_HW_INFO_TYPE_AMD");
    Constants hwCapabilities =
        bits(
            "IOMMU_HW_CAP_DIRTY_TRACKING",
            "IOMMU_HW_CAP_PCI_PASID_EXEC",
            "IOMMU_HW_CAP_PCI_PASID_PRIV",
            "IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED");
    all.add(Request.of(IOMMUFD, "IOMMU_DESTROY", IommufdUapi.IOMMU_DESTROY, iommu_destroy.LAYOUT));
    all.add(
        Request.of(
            IOMMUFD, "IOMMU_IOAS_ALLOC", IommufdUapi.IOMMU_IOAS_ALLOC, iommu_ioas_alloc.LAYOUT));
    all.add(
        Request.of(
            IOMMUFD,
            "IOMMU_IOAS_ALLOW_IOVAS",
            IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS,
            iommu_ioas_allow_iovas.LAYOUT));
    all.add(
        Request.of(IOMMUFD, "IOMMU_IOAS_COPY", IommufdUapi.IOMMU_IOAS_COPY, iommu_ioas_copy.LAYOUT)
            .with(iommu_ioas_copy.flags, mapFlags));
    all.add(
        Request.of(
            IOMMUFD,
            "IOMMU_IOAS_IOVA_RANGES",
            IommufdUapi.IOMMU_IOAS_IOVA_RANGES,
            iommu_ioas_iova_ranges.LAYOUT));
    all.add(
        Request.of(IOMMUFD, "IOMMU_IOAS_MAP", IommufdUapi.IOMMU_IOAS_MAP, iommu_ioas_map.LAYOUT)
            .with(iommu_ioas_map.flags, mapFlags));
    all.add(
        Request.of(
            IOMMUFD, "IOMMU_IOAS_UNMAP", IommufdUapi.IOMMU_IOAS_UNMAP, iommu_ioas_unmap.LAYOUT));
    all.add(
        Request.of(IOMMUFD, "IOMMU_OPTION", IommufdUapi.IOMMU_OPTION, iommu_option.LAYOUT)
            .with(iommu_option.option_id, options)
            .with(iommu_option.op, optionOps));
    all.add(
        Request.of(
                IOMMUFD, "IOMMU_HWPT_ALLOC", IommufdUapi.IOMMU_HWPT_ALLOC, iommu_hwpt_alloc.LAYOUT)
            .with(iommu_hwpt_alloc.flags, hwptFlags));
    all.add(
        Request.of(
                IOMMUFD, "IOMMU_GET_HW_INFO", IommufdUapi.IOMMU_GET_HW_INFO, iommu_hw_info.LAYOUT)
            .with(iommu_hw_info.flags, hwInfoFlags)
            .with(iommu_hw_info.out_data_type, hwInfoTypes)
            .with(iommu_hw_info.out_capabilities, hwCapabilities));
    all.add(
        Request.of(
                IOMMUFD,
                "IOMMU_IOAS_MAP_FILE",
                IommufdUapi.IOMMU_IOAS_MAP_FILE,
                iommu_ioas_map_file.LAYOUT)
            .with(iommu_ioas_map_file.flags, mapFlags));
    all.add(
        Request.of(
            IOMMUFD,
            "IOMMU_IOAS_CHANGE_PROCESS",
            IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS,
            iommu_ioas_change_process.LAYOUT));
    all.add(
        Request.of(
            IOMMUFD,
            "IOMMU_IOAS_NOIOMMU_GET_PA",
            IommufdUapi.IOMMU_IOAS_NOIOMMU_GET_PA,
            iommu_ioas_noiommu_get_pa.LAYOUT));
    return all;
  }

  private static Constants bits(String... names) {
    return Constants.bits(IommufdUapi.class, names);
  }

  private static Constants values(String... names) {
    return Constants.values(IommufdUapi.class, names);
  }
}
