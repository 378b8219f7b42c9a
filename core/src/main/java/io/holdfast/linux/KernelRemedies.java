package io.holdfast.linux;

import static java.util.Map.entry;

import io.holdfast.sys.Errno;
import java.util.Map;

/** What to do about a request that failed with an error number, for the causes that are known. */
final class KernelRemedies {
  private static final String NO_RAWIO =
      "this needs CAP_SYS_RAWIO; run as root or give the service AmbientCapabilities=CAP_SYS_RAWIO";

  private static final String NODE_FOR_USER = "run as root, or give this user the device node";

  private static final String ANOTHER_TOKEN =
      "it is a virtual function, or has some that are open, and its VF token is another: give the"
          + " one that its physical function was opened with";

  /** What to do about EINVAL where a VF token was given. */
  static final String TAKES_NO_TOKEN =
      "a token is taken by a virtual function whose physical one vfio-pci has, and by that one"
          + " itself; leave it out for others";

  private record Cause(String request, int errno) {}

  private static final Map<Cause, String> REMEDIES =
      Map.ofEntries(
          entry(
              new Cause("open /dev/iommu", Errno.ENOENT),
              "the kernel has no iommufd; it needs CONFIG_IOMMUFD (Linux 7.3 or later)"),
          entry(new Cause("open /dev/iommu", Errno.EACCES), NODE_FOR_USER),
          entry(
              new Cause("open /dev/liveupdate", Errno.ENOENT),
              "the kernel has no live update; boot with kho=on liveupdate=on on the command line"
                  + " (CONFIG_LIVEUPDATE)"),
          entry(
              new Cause("open /dev/liveupdate", Errno.EBUSY),
              "another process has it open, and only one may; find it with: fuser /dev/liveupdate"),
          entry(
              new Cause("open /dev/liveupdate", Errno.EIO),
              "this kernel could not read what the previous one handed over, and will not in this"
                  + " boot; see dmesg"),
          entry(
              new Cause("open /dev/liveupdate", Errno.EACCES),
              "run as root, or as a service of systemd's with LUOSession="),
          entry(
              new Cause("LIVEUPDATE_SESSION_PRESERVE_FD", Errno.EEXIST),
              "the live update session was used already, by a process that ended while it sealed;"
                  + " it has been let go of: systemd gives the service another at its next start"
                  + " (systemctl restart)"),
          entry(new Cause("open VFIO cdev", Errno.EPERM), NO_RAWIO),
          entry(new Cause("open VFIO group", Errno.EPERM), NO_RAWIO),
          entry(new Cause("open VFIO group", Errno.EACCES), NODE_FOR_USER),
          entry(
              new Cause("open VFIO group", Errno.ENOENT),
              "the group is there and its node is not: a container has to be given it, beside"
                  + " /dev/vfio/vfio"),
          entry(
              new Cause("open VFIO group", Errno.EBUSY),
              "somebody has the device, by this group or by its character device; stop that"
                  + " process first"),
          entry(
              new Cause("open VFIO container", Errno.ENOENT),
              "the kernel has no VFIO containers; it needs CONFIG_VFIO_CONTAINER, or"
                  + " CONFIG_IOMMUFD_VFIO_CONTAINER"),
          entry(new Cause("open VFIO container", Errno.EACCES), NODE_FOR_USER),
          entry(new Cause("VFIO_GROUP_SET_CONTAINER", Errno.EPERM), NO_RAWIO),
          entry(new Cause("VFIO_SET_IOMMU", Errno.EPERM), NO_RAWIO),
          entry(
              new Cause("VFIO_SET_IOMMU", Errno.ENODEV),
              "this kernel does not take devices without an IOMMU, or does so no more; set"
                  + " vfio.enable_unsafe_noiommu_mode=1 (CONFIG_VFIO_NOIOMMU)"),
          entry(new Cause("VFIO_GROUP_GET_DEVICE_FD", Errno.EPERM), NO_RAWIO),
          entry(new Cause("VFIO_GROUP_GET_DEVICE_FD", Errno.EACCES), ANOTHER_TOKEN),
          entry(new Cause("VFIO_GROUP_GET_DEVICE_FD", Errno.EINVAL), TAKES_NO_TOKEN),
          entry(
              new Cause("VFIO_GROUP_GET_DEVICE_FD", Errno.ENODEV),
              "the device has left the group since: vfio-pci has it no more; see dmesg"),
          entry(
              new Cause("open /proc/self/pagemap", Errno.ENOENT),
              "/proc is not mounted, or the kernel has no CONFIG_PROC_PAGE_MONITOR"),
          entry(new Cause("IOMMU_IOAS_NOIOMMU_GET_PA", Errno.EPERM), NO_RAWIO),
          entry(
              new Cause("IOMMU_IOAS_NOIOMMU_GET_PA", Errno.EOPNOTSUPP),
              "no noiommu device is attached to this IOAS, so nothing is pinned; attach one first"),
          entry(
              new Cause("IOMMU_IOAS_NOIOMMU_GET_PA", Errno.ENOENT),
              "nothing is mapped at this IOVA"),
          entry(
              new Cause("IOMMU_IOAS_NOIOMMU_GET_PA", Errno.ENOTTY),
              "this kernel cannot tell physical addresses; Linux 7.3 or later is needed"),
          entry(
              new Cause("VFIO_DEVICE_BIND_IOMMUFD", Errno.EACCES),
              ANOTHER_TOKEN + ", by SessionOptions.withVfToken"),
          entry(
              new Cause("VFIO_DEVICE_BIND_IOMMUFD", Errno.EBUSY),
              "another process has the device, through its cdev or the legacy group; stop that"
                  + " process first"),
          entry(
              new Cause("VFIO_DEVICE_BIND_IOMMUFD", Errno.EINVAL),
              "the device is bound already, perhaps by another process; stop that process first"),
          entry(
              new Cause("VFIO_DEVICE_ATTACH_IOMMUFD_PT", Errno.EADDRINUSE),
              "the IOAS holds a mapping this device cannot have, such as one that is not"
                  + " page-aligned"),
          entry(
              new Cause("IOMMU_IOAS_MAP_FILE", Errno.EEXIST),
              "the IOVA range overlaps a mapping of this IOAS"),
          entry(
              new Cause("IOMMU_IOAS_MAP", Errno.EEXIST),
              "the IOVA range overlaps a mapping of this IOAS"),
          entry(
              new Cause("IOMMU_IOAS_MAP_FILE", Errno.EINVAL),
              "IOVA, offset and length must be page-aligned and within the file"),
          entry(
              new Cause("IOMMU_IOAS_ALLOW_IOVAS", Errno.EADDRINUSE),
              "a device of the IOAS reserves some of these IOVAs; its usableIovas() are those it"
                  + " leaves"),
          entry(
              new Cause("IOMMU_IOAS_COPY", Errno.EEXIST),
              "the IOVA range overlaps a mapping of this IOAS"),
          entry(
              new Cause("IOMMU_IOAS_COPY", Errno.EPERM),
              "what is read-only for the devices of one IOAS can only be copied so"),
          entry(
              new Cause("IOMMU_IOAS_COPY", Errno.EINVAL),
              "the IOVA must be page-aligned, and no device of the IOAS may reserve it"),
          entry(
              new Cause("VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", Errno.ENODEV),
              "neither its slot nor its bus can be reset; a device that can be reset by itself has"
                  + " reset()"),
          entry(new Cause("IOMMU_DESTROY", Errno.EBUSY), "a device is still attached to it"),
          entry(
              new Cause("LIVEUPDATE_IOCTL_CREATE_SESSION", Errno.EEXIST),
              "a session of this name is preserved already; another process holds it, or it came in"
                  + " over the last kexec and is not finished"),
          entry(
              new Cause("LIVEUPDATE_IOCTL_RETRIEVE_SESSION", Errno.EINVAL),
              "the session is retrieved already; the process that has it must finish or end first"),
          entry(
              new Cause("LIVEUPDATE_IOCTL_RETRIEVE_SESSION", Errno.ENOENT),
              "the kernel holds no such session: a cold boot, a kexec without -s, a session whose"
                  + " holder ended before the kexec, or one that was closed since"),
          entry(
              new Cause("LIVEUPDATE_SESSION_PRESERVE_FD", Errno.ENOENT),
              "the kernel preserves only memfds on ordinary pages (no hugetlb) and unlinked tmpfs"
                  + " files"),
          entry(
              new Cause("LIVEUPDATE_SESSION_PRESERVE_FD", Errno.EBUSY),
              "the file is preserved already, in this or another session, or came in with one that"
                  + " is not finished"),
          entry(
              new Cause("LIVEUPDATE_SESSION_PRESERVE_FD", Errno.EOPNOTSUPP),
              "the memfd carries seals this kernel cannot preserve"),
          entry(
              new Cause("LIVEUPDATE_SESSION_RETRIEVE_FD", Errno.ENOMEM),
              "the kernel lost this file's pages for good: the memory cgroup of the restoring"
                  + " process is too small; raise its memory.max before the next live update"),
          entry(
              new Cause("LIVEUPDATE_SESSION_RETRIEVE_FD", Errno.ENOENT),
              "the session holds nothing under this token, or was finished already"),
          entry(
              new Cause("kexec_file_load", Errno.EPERM),
              "this needs CAP_SYS_BOOT, and a kernel that is not locked down and has"
                  + " kernel.kexec_load_disabled=0"),
          entry(
              new Cause("kexec_file_load", Errno.ENOEXEC),
              "this is no kernel that kexec_file_load takes; name a bzImage (x86) or an Image"
                  + " (arm64)"),
          entry(
              new Cause("kexec_file_load", Errno.EBUSY),
              "another process is loading one; try again"),
          entry(
              new Cause("kexec_file_load", Errno.ENOSYS),
              "this kernel lacks kexec_file_load; it needs CONFIG_KEXEC_FILE"),
          entry(
              new Cause("reboot", Errno.EINVAL),
              "no kernel is loaded, or something preserved cannot be frozen; see dmesg"),
          entry(
              new Cause("memfd_create", Errno.EACCES),
              "vm.memfd_noexec forbids executable memfds, and others come back from a kexec"
                  + " read-only; set vm.memfd_noexec to 0 or 1"),
          entry(
              new Cause("ftruncate", Errno.EPERM),
              "the memfd is sealed against resizing, or preserved for a live update"));

  private KernelRemedies() {}

  static String of(String request, int errno) {
    String known = REMEDIES.get(new Cause(request, errno));
    return known != null ? known : inGeneral(errno);
  }

  /** What an errno asks for whatever the request was. */
  private static String inGeneral(int errno) {
    return switch (errno) {
      case Errno.ENOMEM -> "the kernel is short of memory; free some and try again";
      case Errno.EMFILE -> "this process has too many open files; raise its RLIMIT_NOFILE";
      case Errno.ENFILE -> "the machine has too many open files; raise fs.file-max";
      case Errno.ENOSPC -> "there is no room; free some and try again";
      case Errno.EPERM, Errno.EACCES -> "this process may not do that; run as root";
      case Errno.EINTR, Errno.EAGAIN, Errno.EBUSY -> "try again";
      case Errno.ENODEV, Errno.ENXIO -> "the device is gone; see dmesg";
      default -> "see dmesg for what the kernel says";
    };
  }
}
