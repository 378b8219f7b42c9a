package io.holdfast.sim;

import static io.holdfast.uapi.IommufdUapi.*;
import static io.holdfast.uapi.LiveupdateUapi.*;
import static io.holdfast.uapi.VfioUapi.*;

import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.IommufdUapi.iommu_destroy;
import io.holdfast.uapi.IommufdUapi.iommu_hwpt_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_alloc;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_copy;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_map_file;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_noiommu_get_pa;
import io.holdfast.uapi.IommufdUapi.iommu_ioas_unmap;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_create_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_ioctl_retrieve_session;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_finish;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_preserve_fd;
import io.holdfast.uapi.LiveupdateUapi.liveupdate_session_retrieve_fd;
import io.holdfast.uapi.Struct;
import io.holdfast.uapi.VfioUapi.vfio_device_attach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import io.holdfast.uapi.VfioUapi.vfio_device_detach_iommufd_pt;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A program's requests in one line each, with nothing between the test and {@link Syscalls};
 * answers as those do.
 */
final class KernelCalls {
  static final int READ_WRITE_FIXED =
      IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;

  private final Syscalls kernel;
  private final Arena arena = Arena.ofAuto();

  /** The last GET_PA's answer. */
  long physicalAddress;

  long length;

  /** The IOVA or id the last request gave back. */
  long answer;

  KernelCalls(Syscalls kernel) {
    this.kernel = kernel;
  }

  Syscalls kernel() {
    return kernel;
  }

  MemorySegment struct(Struct layout) {
    MemorySegment struct = arena.allocate(layout.size(), 8);
    struct.set(ValueLayout.JAVA_INT, 0, (int) layout.size());
    return struct;
  }

  MemorySegment memory(long bytes) {
    return arena.allocate(bytes, 4096);
  }

  int ioasAlloc(int iommufd) {
    MemorySegment in = struct(iommu_ioas_alloc.LAYOUT);
    int error = kernel.ioctl(iommufd, IOMMU_IOAS_ALLOC, in);
    return error < 0 ? error : iommu_ioas_alloc.out_ioas_id.get(in);
  }

  int destroy(int iommufd, int id) {
    MemorySegment in = struct(iommu_destroy.LAYOUT);
    iommu_destroy.id.set(in, id);
    return kernel.ioctl(iommufd, IOMMU_DESTROY, in);
  }

  int getPa(int iommufd, int ioas, long iova, long bytes) {
    MemorySegment in = struct(iommu_ioas_noiommu_get_pa.LAYOUT);
    iommu_ioas_noiommu_get_pa.ioas_id.set(in, ioas);
    iommu_ioas_noiommu_get_pa.iova.set(in, iova);
    iommu_ioas_noiommu_get_pa.length.set(in, bytes);
    int error = kernel.ioctl(iommufd, IOMMU_IOAS_NOIOMMU_GET_PA, in);
    physicalAddress = iommu_ioas_noiommu_get_pa.out_phys.get(in);
    length = iommu_ioas_noiommu_get_pa.length.get(in);
    return error;
  }

  int mapFile(int iommufd, int ioas, int fd, long start, long bytes, long iova, int flags) {
    MemorySegment in = struct(iommu_ioas_map_file.LAYOUT);
    iommu_ioas_map_file.flags.set(in, flags);
    iommu_ioas_map_file.ioas_id.set(in, ioas);
    iommu_ioas_map_file.fd.set(in, fd);
    iommu_ioas_map_file.start.set(in, start);
    iommu_ioas_map_file.length.set(in, bytes);
    iommu_ioas_map_file.iova.set(in, iova);
    int error = kernel.ioctl(iommufd, IOMMU_IOAS_MAP_FILE, in);
    answer = iommu_ioas_map_file.iova.get(in);
    return error;
  }

  int map(int iommufd, int ioas, long address, long bytes, long iova, int flags) {
    MemorySegment in = struct(iommu_ioas_map.LAYOUT);
    iommu_ioas_map.flags.set(in, flags);
    iommu_ioas_map.ioas_id.set(in, ioas);
    iommu_ioas_map.user_va.set(in, address);
    iommu_ioas_map.length.set(in, bytes);
    iommu_ioas_map.iova.set(in, iova);
    int error = kernel.ioctl(iommufd, IOMMU_IOAS_MAP, in);
    answer = iommu_ioas_map.iova.get(in);
    return error;
  }

  int copy(int iommufd, int from, long fromIova, int to, long toIova, long bytes) {
    MemorySegment in = struct(iommu_ioas_copy.LAYOUT);
    iommu_ioas_copy.flags.set(in, READ_WRITE_FIXED);
    iommu_ioas_copy.dst_ioas_id.set(in, to);
    iommu_ioas_copy.src_ioas_id.set(in, from);
    iommu_ioas_copy.length.set(in, bytes);
    iommu_ioas_copy.dst_iova.set(in, toIova);
    iommu_ioas_copy.src_iova.set(in, fromIova);
    return kernel.ioctl(iommufd, IOMMU_IOAS_COPY, in);
  }

  int unmap(int iommufd, int ioas, long iova, long bytes) {
    MemorySegment in = struct(iommu_ioas_unmap.LAYOUT);
    iommu_ioas_unmap.ioas_id.set(in, ioas);
    iommu_ioas_unmap.iova.set(in, iova);
    iommu_ioas_unmap.length.set(in, bytes);
    int error = kernel.ioctl(iommufd, IOMMU_IOAS_UNMAP, in);
    length = iommu_ioas_unmap.length.get(in);
    return error;
  }

  int hwptAlloc(int iommufd, int device, int ioas, int flags) {
    MemorySegment in = struct(iommu_hwpt_alloc.LAYOUT);
    iommu_hwpt_alloc.dev_id.set(in, device);
    iommu_hwpt_alloc.pt_id.set(in, ioas);
    iommu_hwpt_alloc.flags.set(in, flags);
    int error = kernel.ioctl(iommufd, IOMMU_HWPT_ALLOC, in);
    answer = iommu_hwpt_alloc.out_hwpt_id.get(in);
    return error;
  }

  int bind(int cdev, int iommufd) {
    MemorySegment in = struct(vfio_device_bind_iommufd.LAYOUT);
    vfio_device_bind_iommufd.iommufd.set(in, iommufd);
    int error = kernel.ioctl(cdev, VFIO_DEVICE_BIND_IOMMUFD, in);
    answer = vfio_device_bind_iommufd.out_devid.get(in);
    return error;
  }

  int attach(int cdev, int pageTable) {
    MemorySegment in = struct(vfio_device_attach_iommufd_pt.LAYOUT);
    vfio_device_attach_iommufd_pt.pt_id.set(in, pageTable);
    int error = kernel.ioctl(cdev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, in);
    answer = vfio_device_attach_iommufd_pt.pt_id.get(in);
    return error;
  }

  int detach(int cdev) {
    return kernel.ioctl(
        cdev, VFIO_DEVICE_DETACH_IOMMUFD_PT, struct(vfio_device_detach_iommufd_pt.LAYOUT));
  }

  int createSession(int liveupdate, String name) {
    MemorySegment in = struct(liveupdate_ioctl_create_session.LAYOUT);
    put(liveupdate_ioctl_create_session.name.slice(in), name);
    int error = kernel.ioctl(liveupdate, LIVEUPDATE_IOCTL_CREATE_SESSION, in);
    return error < 0 ? error : liveupdate_ioctl_create_session.fd.get(in);
  }

  int retrieveSession(int liveupdate, String name) {
    MemorySegment in = struct(liveupdate_ioctl_retrieve_session.LAYOUT);
    put(liveupdate_ioctl_retrieve_session.name.slice(in), name);
    int error = kernel.ioctl(liveupdate, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, in);
    return error < 0 ? error : liveupdate_ioctl_retrieve_session.fd.get(in);
  }

  private static void put(MemorySegment field, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(bytes, 0, field, ValueLayout.JAVA_BYTE, 0, bytes.length);
  }

  int preserve(int session, int fd, long token) {
    MemorySegment in = struct(liveupdate_session_preserve_fd.LAYOUT);
    liveupdate_session_preserve_fd.fd.set(in, fd);
    liveupdate_session_preserve_fd.token.set(in, token);
    return kernel.ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, in);
  }

  int retrieve(int session, long token) {
    MemorySegment in = struct(liveupdate_session_retrieve_fd.LAYOUT);
    liveupdate_session_retrieve_fd.token.set(in, token);
    int error = kernel.ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, in);
    return error < 0 ? error : liveupdate_session_retrieve_fd.fd.get(in);
  }

  int finish(int session) {
    return kernel.ioctl(
        session, LIVEUPDATE_SESSION_FINISH, struct(liveupdate_session_finish.LAYOUT));
  }

  int memfd(int flags, long bytes) {
    int fd = kernel.memfd_create("test", flags);
    if (fd >= 0) {
      kernel.ftruncate(fd, bytes);
    }
    return fd;
  }

  /** A memfd's bytes in memory. */
  @SuppressWarnings("restricted")
  MemorySegment mapMemory(int fd, long bytes) {
    long address = kernel.mmap(bytes, 3, 1, fd, 0);
    if (address < 0 && address > -4096) {
      throw new AssertionError("mmap answered " + address);
    }
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }
}
