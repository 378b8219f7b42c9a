package io.holdfast.sim;

import static io.holdfast.uapi.IommufdUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.IommufdUapi.iommu_destroy;
import io.holdfast.uapi.IommufdUapi.iommu_hw_info;
import io.holdfast.uapi.IommufdUapi.iommu_hwpt_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_alloc;
import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/**
 * An open {@code /dev/iommu}: objects by id ({@code drivers/iommu/iommufd/main.c}, {@code
 * hw_pagetable.c}).
 */
final class IommufdFile extends CharacterDeviceFile {
  private static final long FIRST_REQUEST = 0x80;
  private static final long LAST_REQUEST = 0x95;

  /** Of a struct iommu_hw_info_vtd. */
  private static final int VTD_BYTES = 24;

  private final SimulatedKernel kernel;
  private final TreeMap<Integer, IommufdObject> objects = new TreeMap<>();
  private final IoasRequests ioasRequests;
  private final VfioCompat compatibility = new VfioCompat();
  private int lowestFree = 1;

  IommufdFile(SimulatedKernel kernel) {
    super("/dev/iommu", 0660, DeviceNumbers.IOMMU);
    this.kernel = kernel;
    this.ioasRequests = new IoasRequests(kernel, this);
  }

  /** What it is as a VFIO container. */
  VfioCompat compatibility() {
    return compatibility;
  }

  boolean isEmpty() {
    return objects.isEmpty();
  }

  /** Gives an object the lowest free id. */
  <T extends IommufdObject> T add(T object) {
    int id = lowestFree;
    object.id(id);
    objects.put(id, object);
    do {
      id++;
    } while (objects.containsKey(id));
    lowestFree = id;
    return object;
  }

  IommufdObject find(int id) {
    IommufdObject object = objects.get(id);
    if (object == null) {
      throw Failure.of(Errno.ENOENT);
    }
    return object;
  }

  <T extends IommufdObject> T find(int id, Class<T> type) {
    IommufdObject object = objects.get(id);
    if (!type.isInstance(object)) {
      throw Failure.of(Errno.ENOENT);
    }
    return type.cast(object);
  }

  /** Whether memory of a process, not of a file, is mapped in any of its IOASes. */
  boolean mapsMemory() {
    return objects.values().stream()
        .anyMatch(object ->
            object instanceof Ioas ioas
                && ioas.areas().stream().anyMatch(area -> area.pages() instanceof UserPages));
  }

  void destroy(int id) {
    IommufdObject object = find(id);
    if (object.isUsed()) {
      throw Failure.of(Errno.EBUSY);
    }
    objects.remove(id);
    lowestFree = Math.min(lowestFree, id);
    object.destroy();
  }

  @Override
  void release() {
    while (!objects.isEmpty()) {
      IommufdObject leaf =
          objects.values().stream().filter(each -> !each.isUsed()).findFirst().orElseThrow();
      destroy(leaf.id());
    }
  }

  @Override
  int mmapErrno(boolean shared) {
    return shared ? Errno.ENXIO : Errno.EINVAL;
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, long argument) {
    long number = request & 0xff;
    return number < FIRST_REQUEST || number > LAST_REQUEST
        ? compatibility.ioctl(caller, request, argument)
        : super.ioctl(caller, request, argument);
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    long number = request & 0xff;
    if (number < FIRST_REQUEST || number > LAST_REQUEST) {
      return compatibility.ioctl(caller, request, argument);
    }
    UserMemory.requireSize(argument);
    if (request == IOMMU_DESTROY) {
      MemorySegment in = UserMemory.struct(argument, iommu_destroy.LAYOUT, 8);
      destroy(iommu_destroy.id.get(in));
    } else if (request == IOMMU_IOAS_ALLOC) {
      allocate(argument);
    } else if (request == IOMMU_HWPT_ALLOC) {
      allocatePageTable(argument);
    } else if (request == IOMMU_GET_HW_INFO) {
      hardwareInfo(argument);
    } else {
      ioasRequests.ioctl(caller, request, argument);
    }
    return 0;
  }

  private void allocate(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_ioas_alloc.LAYOUT, 12);
    if (iommu_ioas_alloc.flags.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    iommu_ioas_alloc.out_ioas_id.set(in, add(new Ioas()).id());
    UserMemory.respond(argument, in);
  }

  private void allocatePageTable(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_hwpt_alloc.LAYOUT, 24);
    if (iommu_hwpt_alloc.__reserved.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    int dataType = iommu_hwpt_alloc.data_type.get(in);
    int dataLength = iommu_hwpt_alloc.data_len.get(in);
    if ((dataType == 0) != (dataLength == 0)) {
      throw Failure.of(Errno.EINVAL);
    }
    IommufdDevice device = find(iommu_hwpt_alloc.dev_id.get(in), IommufdDevice.class);
    if (!(objects.get(iommu_hwpt_alloc.pt_id.get(in)) instanceof Ioas ioas)) {
      throw Failure.of(
          objects.get(iommu_hwpt_alloc.pt_id.get(in)) instanceof Hwpt
              ? Errno.EOPNOTSUPP
              : Errno.EINVAL);
    }
    int flags = iommu_hwpt_alloc.flags.get(in);
    int known = device.function().isBehindIommu() ? IOMMU_HWPT_ALLOC_PASID : 0;
    if ((flags & ~(IOMMU_HWPT_FAULT_ID_VALID | known)) != 0 || dataType != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    Hwpt hwpt = new Hwpt(ioas, false, device.function());
    if ((flags & IOMMU_HWPT_FAULT_ID_VALID) != 0) {
      // Looked for when the page table is made: there are no fault queues, so none with this id.
      hwpt.destroy();
      throw Failure.of(Errno.ENOENT);
    }
    add(hwpt);
    iommu_hwpt_alloc.out_hwpt_id.set(in, hwpt.id());
    UserMemory.respond(argument, in);
  }

  private void hardwareInfo(MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, iommu_hw_info.LAYOUT, 32);
    if (iommu_hw_info.flags.get(in) != 0) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    IommufdDevice device = find(iommu_hw_info.dev_id.get(in), IommufdDevice.class);
    if (!device.function().isBehindIommu()) {
      throw Failure.of(Errno.EOPNOTSUPP);
    }
    iommu_hw_info.data_len.set(in, VTD_BYTES);
    iommu_hw_info.out_data_type.set(in, IOMMU_HW_INFO_TYPE_INTEL_VTD);
    iommu_hw_info.out_capabilities.set(in, IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED);
    UserMemory.respond(argument, in);
  }

  SimulatedKernel kernel() {
    return kernel;
  }
}
