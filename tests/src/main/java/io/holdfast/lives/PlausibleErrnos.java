package io.holdfast.lives;

import static java.util.Map.entry;

import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Call;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.Requests;
import java.util.Map;

/**
 * Which errnos a call can really give, by the name of the call or request; what the kernel never
 * answers is not tried.
 *
 * <p>Answers that would be a lie are left out: ENOENT for a session that is there, say, or EINVAL
 * for attaching, which tells who asks for a PASID that an object is there.
 */
final class PlausibleErrnos {
  private static final int[] NONE = {};

  private static final Requests REQUESTS = new Requests();

  private static final Map<String, int[]> BY_CALL =
      Map.ofEntries(
          entry("open /dev/iommu", of(Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EACCES)),
          entry("open /dev/liveupdate", of(Errno.EIO, Errno.EMFILE, Errno.ENOMEM, Errno.EACCES)),
          entry("open /dev/vfio", of(Errno.EPERM, Errno.EMFILE, Errno.ENOMEM, Errno.ENODEV)),
          entry("close", of(Errno.EINTR, Errno.EIO)),
          entry("memfd_create", of(Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM)),
          entry("ftruncate", of(Errno.ENOMEM, Errno.EINTR)),
          entry("fcntl F_DUPFD_CLOEXEC", of(Errno.EMFILE)),
          entry("dup2", of(Errno.EINTR, Errno.EBUSY)),
          entry("statx", of(Errno.ENOMEM, Errno.EACCES)),
          entry("mmap", of(Errno.ENOMEM)),
          entry("munmap", of(Errno.ENOMEM)),
          entry("pread", of(Errno.EIO, Errno.ENOMEM)),
          entry("pwrite", of(Errno.EIO, Errno.ENOMEM)),
          entry("readFile", of(Errno.EMFILE, Errno.ENOMEM, Errno.EIO, Errno.EACCES)),
          entry("writeFile", of(Errno.EMFILE, Errno.EIO, Errno.ENODEV, Errno.EACCES)),
          entry("listFolder", of(Errno.EMFILE, Errno.ENOMEM, Errno.EACCES)),
          entry("readLink", of(Errno.ENOMEM, Errno.EACCES)),
          entry("execve", of(Errno.ENOMEM, Errno.EACCES)),
          entry("IOMMU_IOAS_ALLOC", of(Errno.ENOMEM)),
          entry("IOMMU_IOAS_MAP", of(Errno.ENOMEM, Errno.EFAULT, Errno.ENOSPC)),
          entry("IOMMU_IOAS_MAP_FILE", of(Errno.ENOMEM, Errno.EINVAL, Errno.ENOSPC)),
          entry("IOMMU_IOAS_UNMAP", of(Errno.ENOMEM)),
          entry("IOMMU_DESTROY", of(Errno.EBUSY)),
          entry("IOMMU_IOAS_NOIOMMU_GET_PA", of(Errno.EPERM, Errno.ENOENT, Errno.EOPNOTSUPP)),
          entry("VFIO_DEVICE_BIND_IOMMUFD", of(Errno.EBUSY, Errno.ENOMEM, Errno.EINVAL)),
          entry("VFIO_DEVICE_ATTACH_IOMMUFD_PT", of(Errno.ENOMEM, Errno.EBUSY)),
          entry("VFIO_DEVICE_DETACH_IOMMUFD_PT", of(Errno.ENODEV)),
          entry("VFIO_DEVICE_GET_INFO", of(Errno.ENODEV)),
          entry("VFIO_DEVICE_GET_REGION_INFO", of(Errno.ENODEV, Errno.ENOMEM)),
          entry("LIVEUPDATE_IOCTL_CREATE_SESSION", of(Errno.ENOMEM, Errno.EMFILE)),
          entry("LIVEUPDATE_IOCTL_RETRIEVE_SESSION", of(Errno.ENOMEM, Errno.EMFILE)),
          entry("LIVEUPDATE_SESSION_PRESERVE_FD", of(Errno.ENOMEM, Errno.ENOSPC, Errno.EOPNOTSUPP)),
          entry("LIVEUPDATE_SESSION_RETRIEVE_FD", of(Errno.ENOMEM, Errno.EMFILE)),
          entry("LIVEUPDATE_SESSION_FINISH", of(Errno.EBUSY, Errno.ENOMEM)));

  private PlausibleErrnos() {}

  private static int[] of(int... errnos) {
    return errnos;
  }

  /** A call's name as the table has it: requests by their names, opened files by their folders. */
  static String nameOf(Call call) {
    if (call.name().equals("ioctl")) {
      return REQUESTS.request(call.request());
    }
    if (call.name().equals("fcntl")) {
      boolean duplicates = call.request() == FcntlUapi.F_DUPFD_CLOEXEC;
      return "fcntl " + (duplicates ? "F_DUPFD_CLOEXEC" : call.request());
    }
    if (!call.name().equals("open")) {
      return call.name();
    }
    return "open " + (call.path().startsWith("/dev/vfio/") ? "/dev/vfio" : call.path());
  }

  /** What it can fail with; nothing for a call that cannot fail. */
  static int[] of(Call call) {
    return BY_CALL.getOrDefault(nameOf(call), NONE);
  }
}
