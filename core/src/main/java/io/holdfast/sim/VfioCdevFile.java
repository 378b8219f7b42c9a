package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import io.holdfast.uapi.VfioUapi.vfio_device_detach_iommufd_pt;
import java.lang.foreign.MemorySegment;

/**
 * An open {@code /dev/vfio/devices/noiommu-vfioN}: binding and attaching ({@code
 * drivers/vfio/device_cdev.c}).
 */
final class VfioCdevFile extends CharacterDeviceFile implements DeviceFile {
  private final PciFunction function;
  private IommufdFile context;
  private IommufdDevice device;
  private OpenDevice opened;

  VfioCdevFile(PciFunction function) {
    super("/dev/vfio/devices/" + function.vfioName(), 0600, DeviceNumbers.device(function));
    this.function = function;
  }

  PciFunction function() {
    return function;
  }

  Ioas ioas() {
    return device == null ? null : device.ioas();
  }

  IommufdDevice iommufdDevice() {
    return device;
  }

  @Override
  void release() {
    if (device == null) {
      return;
    }
    opened.close();
    opened = null;
    device.detach();
    device.put();
    context.destroy(device.id());
    device = null;
    function.boundBy(null);
    function.vfToken().count(-1);
    context.put();
    context = null;
  }

  @Override
  public OpenDevice device() {
    if (opened == null) {
      throw Failure.of(Errno.EINVAL);
    }
    return opened;
  }

  @Override
  int ioctl(SimulatedProcess caller, long request, MemorySegment argument) {
    if (request == VFIO_DEVICE_BIND_IOMMUFD) {
      return bind(caller, argument);
    }
    if (device == null) {
      throw Failure.of(Errno.EINVAL);
    }
    if (request == VFIO_DEVICE_ATTACH_IOMMUFD_PT) {
      return attach(argument);
    }
    if (request == VFIO_DEVICE_DETACH_IOMMUFD_PT) {
      return detach(argument);
    }
    return opened.ioctl(caller, request, argument);
  }

  private int bind(SimulatedProcess caller, MemorySegment argument) {
    MemorySegment in = UserMemory.struct(argument, vfio_device_bind_iommufd.LAYOUT, 16);
    int fd = vfio_device_bind_iommufd.iommufd.get(in);
    if ((vfio_device_bind_iommufd.flags.get(in) & ~VFIO_DEVICE_BIND_FLAG_TOKEN) != 0 || fd < 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (function.groupOpeners() > 0) {
      throw Failure.of(Errno.EBUSY);
    }
    if (device != null) {
      throw Failure.of(Errno.EINVAL);
    }
    function.vfToken().check(in);
    if (!(caller.descriptors().get(fd) instanceof IommufdFile iommufd)) {
      throw Failure.of(Errno.EBADFD);
    }
    if (function.isOpen()) {
      throw Failure.of(Errno.EINVAL);
    }
    opened = new OpenDevice(function);
    iommufd.hold();
    context = iommufd;
    device = iommufd.add(new IommufdDevice(iommufd, function));
    function.boundBy(this);
    function.vfToken().count(1);
    vfio_device_bind_iommufd.out_devid.set(argument, device.id());
    return 0;
  }

  private int attach(MemorySegment argument) {
    UserMemory.vfio(argument, 12);
    int flags = vfio_device_attach_iommufd_pt.flags.get(argument);
    if ((flags & ~VFIO_DEVICE_ATTACH_PASID) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    int pageTable = vfio_device_attach_iommufd_pt.pt_id.get(argument);
    if (flags != 0) {
      UserMemory.vfio(argument, 16);
      device.requirePageTable(pageTable);
      boolean none = vfio_device_attach_iommufd_pt.pasid.get(argument) == 0;
      throw Failure.of(none ? Errno.EOPNOTSUPP : Errno.EINVAL);
    }
    int id = device.attach(pageTable);
    vfio_device_attach_iommufd_pt.pt_id.set(argument, id);
    return 0;
  }

  private int detach(MemorySegment argument) {
    UserMemory.vfio(argument, 8);
    int flags = vfio_device_detach_iommufd_pt.flags.get(argument);
    if ((flags & ~VFIO_DEVICE_DETACH_PASID) != 0) {
      throw Failure.of(Errno.EINVAL);
    }
    if (flags == 0) {
      device.detach();
    } else {
      UserMemory.vfio(argument, 12); // nothing is attached by a PASID
    }
    return 0;
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    return device().pread(buffer, offset);
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    return device().pwrite(buffer, offset);
  }
}
