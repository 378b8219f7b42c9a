package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import io.holdfast.uapi.VfioUapi.vfio_device_detach_iommufd_pt;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_group_status;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract's lines about legacy groups without an IOMMU, and their containers. */
class GroupContractTest extends ContractTest {
  private static final int VIABLE = VFIO_GROUP_FLAGS_VIABLE;
  private static final int VIABLE_AND_SET = VIABLE | VFIO_GROUP_FLAGS_CONTAINER_SET;
  private static final long COMMAND = ((long) VFIO_PCI_CONFIG_REGION_INDEX << 40) + 4;
  private static final int MASTER = 4;
  private static final int VFIO_UNMAP_ALL = 9;

  private final GroupCalls groups = new GroupCalls(() -> kernel);

  private String path() {
    return groups.path(underTest().device());
  }

  private int openGroup() {
    return keep(groups.open(path()));
  }

  private int openContainer() {
    return keep(groups.open("/dev/vfio/vfio"));
  }

  private int getDevice(int group) {
    return groups.device(group, underTest().device());
  }

  /** A group in a container that has its type. */
  private int ready(int container) {
    int group = openGroup();
    ok(groups.set(group, container));
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    return group;
  }

  private int command(int device) {
    MemorySegment word = calls.memory(2);
    assertThat(kernel.pread(device, word, COMMAND)).isEqualTo(2);
    return word.get(ValueLayout.JAVA_SHORT, 0);
  }

  private void command(int device, int value) {
    MemorySegment word = calls.memory(2);
    word.set(ValueLayout.JAVA_SHORT, 0, (short) value);
    assertThat(kernel.pwrite(device, word, COMMAND)).isEqualTo(2);
  }

  @Test
  void anEmptyContainerKnowsAllTypesAndTakesNone() {
    int container = openContainer();
    assertThat(kernel.ioctl(container, VFIO_GET_API_VERSION, 0)).isEqualTo(VFIO_API_VERSION);
    for (int type = -1; type < 12; type++) {
      boolean known =
          type == VFIO_TYPE1_IOMMU
              || type == VFIO_TYPE1v2_IOMMU
              || type == VFIO_UNMAP_ALL
              || type == VFIO_NOIOMMU_IOMMU;
      assertThat(groups.extension(container, type)).isEqualTo(known ? 1 : 0);
    }
    refused(Errno.EINVAL, groups.type(container, VFIO_NOIOMMU_IOMMU));
    refused(Errno.EINVAL, groups.type(container, VFIO_TYPE1_IOMMU));
    refused(Errno.EINVAL, kernel.ioctl(container, 0x3b70, 0));
    refused(Errno.EINVAL, kernel.ioctl(container, VFIO_GROUP_GET_STATUS, 0));
    refused(Errno.EINVAL, kernel.ioctl(container, 0x1234, 0));
    refused(Errno.EINVAL, kernel.pread(container, calls.memory(4), 0));
    refused(Errno.ENODEV, kernel.mmap(PAGE, 3, 1, container, 0));
  }

  @Test
  void anybodyMayOpenAContainerButAGroupNeedsRawio() {
    int group = openGroup();
    int container = openContainer();
    underTest()
        .without(
            Credentials.CAP_SYS_RAWIO,
            () -> {
              closeNow(openContainer());
              refused(Errno.EPERM, groups.set(group, container));
            });
    ok(groups.set(group, container));
    underTest()
        .without(
            Credentials.CAP_SYS_RAWIO,
            () -> {
              refused(Errno.EPERM, groups.type(container, VFIO_NOIOMMU_IOMMU));
            });
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    underTest().without(Credentials.CAP_SYS_RAWIO, () -> refused(Errno.EPERM, getDevice(group)));
    closeNow(group);
    underTest().without(Credentials.CAP_SYS_RAWIO, () -> refused(Errno.EPERM, groups.open(path())));
  }

  @Test
  void aGroupIsOpenedOnce() {
    int group = openGroup();
    refused(Errno.EBUSY, groups.open(path()));
    closeNow(group);
    openGroup();
  }

  @Test
  void aGroupSaysWhetherItIsInAContainer() {
    int group = openGroup();
    assertThat(groups.status(group)).isEqualTo(VIABLE);
    int container = openContainer();
    ok(groups.set(group, container));
    assertThat(groups.status(group)).isEqualTo(VIABLE_AND_SET);
    ok(groups.unset(group));
    assertThat(groups.status(group)).isEqualTo(VIABLE);
    refused(Errno.EINVAL, groups.unset(group));
  }

  @Test
  void theStatusIsAskedForWithRoomForIt() {
    int group = openGroup();
    MemorySegment status = calls.struct(vfio_group_status.LAYOUT);
    for (int size : new int[] {0, 4, 7}) {
      vfio_group_status.argsz.set(status, size);
      refused(Errno.EINVAL, kernel.ioctl(group, VFIO_GROUP_GET_STATUS, status));
    }
    vfio_group_status.argsz.set(status, 100);
    ok(kernel.ioctl(group, VFIO_GROUP_GET_STATUS, status));
    refused(Errno.EFAULT, kernel.ioctl(group, VFIO_GROUP_GET_STATUS, 0));
  }

  @Test
  void aGroupTakesNothingElse() {
    int group = openGroup();
    refused(Errno.ENOTTY, kernel.ioctl(group, VFIO_CHECK_EXTENSION, VFIO_NOIOMMU_IOMMU));
    refused(Errno.ENOTTY, kernel.ioctl(group, VFIO_GET_API_VERSION, 0));
    refused(Errno.ENOTTY, kernel.ioctl(group, VFIO_DEVICE_GET_INFO, 0));
    refused(Errno.ENOTTY, kernel.ioctl(group, 0x1234, 0));
    refused(Errno.EINVAL, kernel.pread(group, calls.memory(4), 0));
    refused(Errno.ENODEV, kernel.mmap(PAGE, 3, 1, group, 0));
  }

  @Test
  void onlyAContainerIsOne() {
    int group = openGroup();
    refused(Errno.EFAULT, kernel.ioctl(group, VFIO_GROUP_SET_CONTAINER, 0));
    refused(Errno.EBADF, groups.set(group, -1));
    refused(Errno.EBADF, groups.set(group, 99_999));
    refused(Errno.EBADFD, groups.set(group, group));
    refused(Errno.EBADFD, groups.set(group, memfd(PAGE)));
    refused(Errno.EBADFD, groups.set(group, openCdev()));
    int container = openContainer();
    ok(groups.set(group, container));
    refused(Errno.EINVAL, groups.set(group, container));
    refused(Errno.EINVAL, groups.set(group, openContainer()));
  }

  @Test
  void aContainerOfGroupsWithoutAnIommuHasOneType() {
    int group = openGroup();
    int container = openContainer();
    ok(groups.set(group, container));
    for (int type = 0; type < 12; type++) {
      int known = type == VFIO_NOIOMMU_IOMMU ? 1 : 0;
      assertThat(groups.extension(container, type)).isEqualTo(known);
    }
    for (int other : new int[] {-1, 0, VFIO_TYPE1_IOMMU, VFIO_TYPE1v2_IOMMU, 7, 9}) {
      refused(Errno.ENODEV, groups.type(container, other));
    }
    refused(Errno.EINVAL, kernel.ioctl(container, 0x3b70, 0));
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    refused(Errno.EINVAL, groups.type(container, VFIO_NOIOMMU_IOMMU));
    refused(Errno.EINVAL, groups.type(container, VFIO_TYPE1_IOMMU));
    refused(Errno.ENOTTY, kernel.ioctl(container, 0x3b70, 0));
    refused(Errno.ENOTTY, kernel.ioctl(container, 0x3b71, calls.memory(32)));
    assertThat(groups.extension(container, VFIO_NOIOMMU_IOMMU)).isEqualTo(1);
    assertThat(groups.extension(container, VFIO_TYPE1_IOMMU)).isZero();
  }

  @Test
  void theLastGroupTakesTheTypeAlong() {
    int container = openContainer();
    int group = ready(container);
    ok(groups.unset(group));
    refused(Errno.EINVAL, groups.type(container, VFIO_NOIOMMU_IOMMU));
    refused(Errno.EINVAL, getDevice(group));
    ok(groups.set(group, container));
    refused(Errno.EINVAL, getDevice(group));
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    keep(getDevice(group));
  }

  @Test
  void aDeviceIsOpenedInAContainerThatHasItsType() {
    int group = openGroup();
    refused(Errno.EINVAL, getDevice(group));
    int container = openContainer();
    ok(groups.set(group, container));
    refused(Errno.EINVAL, getDevice(group));
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    int device = keep(getDevice(group));
    MemorySegment info = calls.struct(vfio_device_info.LAYOUT);
    ok(kernel.ioctl(device, VFIO_DEVICE_GET_INFO, info));
    assertThat(vfio_device_info.flags.get(info)).isEqualTo(VFIO_DEVICE_FLAGS_PCI);
    assertThat(vfio_device_info.num_regions.get(info)).isEqualTo(9);
    MemorySegment register = calls.memory(4);
    assertThat(kernel.pread(device, register, 0)).isEqualTo(4);
    assertThat(register.get(ValueLayout.JAVA_INT, 0) & 0xff).isEqualTo(0xed);
    refused(Errno.EINVAL, kernel.ioctl(device, VFIO_DEVICE_RESET, 0)); // This one has none.
  }

  @Test
  void aDeviceIsAskedForByItsName() {
    int container = openContainer();
    int group = ready(container);
    String name = underTest().device();
    refused(Errno.EFAULT, kernel.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, 0));
    for (String other : List.of("", "x", name.substring(0, 11), name + "x", "0000:00:1f.7")) {
      refused(Errno.ENODEV, groups.device(group, other));
    }
    refused(Errno.ENODEV, groups.device(group, "a".repeat(4095)));
    refused(Errno.EINVAL, groups.device(group, "a".repeat(4096)));
    String token = " vf_token=01234567-89ab-cdef-0123-456789abcdef";
    for (String options : List.of(" x", " vf_token=", token, token + "x", token + token)) {
      refused(Errno.EINVAL, groups.device(group, name + options));
    }
    keep(groups.device(group, name + " "));
  }

  @Test
  void theNameIsLookedAtBeforeTheContainer() {
    int group = openGroup();
    refused(Errno.ENODEV, groups.device(group, "x"));
    refused(Errno.EFAULT, kernel.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, 0));
  }

  @Test
  void descriptorsOfOneDeviceShareIt() {
    int container = openContainer();
    int group = ready(container);
    int first = keep(getDevice(group));
    assertThat(command(first) & MASTER).isZero();
    command(first, command(first) | MASTER);
    List<Integer> more = new ArrayList<>();
    // What is open already is opened again by whoever has the group.
    underTest().without(Credentials.CAP_SYS_RAWIO, () -> more.add(keep(getDevice(group))));
    int second = more.getFirst();
    assertThat(command(second) & MASTER).isEqualTo(MASTER);
    closeNow(first);
    refused(Errno.EBUSY, groups.unset(group));
    assertThat(command(second) & MASTER).isEqualTo(MASTER);
    closeNow(second);
    int third = keep(getDevice(group));
    assertThat(command(third) & MASTER).isZero();
  }

  @Test
  void aDeviceIsCloseOnExecAndHasNoPath() {
    int container = openContainer();
    int group = ready(container);
    int device = keep(getDevice(group));
    assertThat(kernel.fcntl(device, FcntlUapi.F_GETFD, 0)).isEqualTo(FcntlUapi.FD_CLOEXEC);
    assertThat(kernel.fcntl(device, FcntlUapi.F_GETFL, 0)).isEqualTo(FcntlUapi.O_RDWR);
    List<String> link = new ArrayList<>();
    ok(kernel.readLink("/proc/self/fd/" + device, link));
    assertThat(link).containsExactly("anon_inode:[vfio-device]");
    refused(Errno.EINVAL, kernel.ftruncate(device, 0));
  }

  @Test
  void aDeviceHoldsItsGroupAndItsContainer() {
    int container = openContainer();
    int group = ready(container);
    int device = keep(getDevice(group));
    refused(Errno.EBUSY, groups.unset(group));
    assertThat(groups.status(group)).isEqualTo(VIABLE_AND_SET);
    closeNow(container);
    refused(Errno.EBUSY, groups.unset(group));
    closeNow(group);
    refused(Errno.EBUSY, groups.open(path()));
    command(device, command(device) | MASTER);
    refused(Errno.EBUSY, calls.bind(openCdev(), openIommu()));
    closeNow(device);
    assertThat(groups.status(openGroup())).isEqualTo(VIABLE);
  }

  @Test
  void aGroupHoldsItsContainer() {
    int container = openContainer();
    int group = ready(container);
    closeNow(container);
    closeNow(keep(getDevice(group)));
    ok(groups.unset(group));
  }

  @Test
  void theGroupAndTheCharacterDeviceExcludeEachOther() {
    int iommufd = openIommu();
    int cdev = openCdev();
    int group = openGroup();
    refused(Errno.EBUSY, calls.bind(cdev, iommufd));
    closeNow(group);
    ok(calls.bind(cdev, iommufd));
    refused(Errno.EBUSY, groups.open(path()));
  }

  @Test
  void aGroupsDeviceCannotBeBound() {
    int container = openContainer();
    int group = ready(container);
    int device = keep(getDevice(group));
    int iommufd = openIommu();
    refused(Errno.EINVAL, calls.bind(device, iommufd));
    refused(Errno.EFAULT, kernel.ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, 0));
    MemorySegment longer = Arena.ofAuto().allocate(vfio_device_bind_iommufd.LAYOUT.size() + 8, 8);
    vfio_device_bind_iommufd.argsz.set(longer, (int) longer.byteSize());
    longer.set(ValueLayout.JAVA_LONG, longer.byteSize() - 8, 1);
    refused(Errno.E2BIG, kernel.ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, longer));
    refused(Errno.ENOTTY, calls.attach(device, calls.ioasAlloc(iommufd)));
    refused(
        Errno.ENOTTY,
        kernel.ioctl(
            device,
            VFIO_DEVICE_DETACH_IOMMUFD_PT,
            calls.struct(vfio_device_detach_iommufd_pt.LAYOUT)));
  }

  @Test
  void anIommufdCanBeTheContainer() {
    int iommufd = openIommu();
    int group = openGroup();
    assertThat(groups.extension(iommufd, VFIO_TYPE1_IOMMU)).isEqualTo(1);
    refused(Errno.EINVAL, groups.type(iommufd, VFIO_NOIOMMU_IOMMU));
    ok(groups.set(group, iommufd));
    assertThat(groups.status(group)).isEqualTo(VIABLE_AND_SET);
    assertThat(groups.extension(iommufd, VFIO_NOIOMMU_IOMMU)).isEqualTo(1);
    assertThat(groups.extension(iommufd, VFIO_TYPE1_IOMMU)).isZero();
    ok(groups.type(iommufd, VFIO_NOIOMMU_IOMMU));
    ok(groups.type(iommufd, VFIO_NOIOMMU_IOMMU));
    refused(Errno.EINVAL, groups.type(iommufd, VFIO_TYPE1_IOMMU));
    underTest()
        .without(
            Credentials.CAP_SYS_RAWIO,
            () -> {
              refused(Errno.EPERM, groups.type(iommufd, VFIO_NOIOMMU_IOMMU));
              refused(Errno.EPERM, getDevice(group));
            });
    int device = keep(getDevice(group));
    ok(calls.ioasAlloc(iommufd));
    ok(groups.unset(group));
    refused(Errno.EINVAL, getDevice(group));
    assertThat(groups.extension(iommufd, VFIO_TYPE1_IOMMU)).isZero();
    assertThat(command(device) & MASTER).isZero();
  }

  @Test
  void aDeviceOfAnIommufdOutlivesItsGroup() {
    int iommufd = openIommu();
    int group = openGroup();
    ok(groups.set(group, iommufd));
    int device = keep(getDevice(group));
    closeNow(group);
    int cdev = openCdev();
    refused(Errno.EINVAL, calls.bind(cdev, iommufd));
    int again = openGroup();
    refused(Errno.EBUSY, calls.bind(cdev, iommufd));
    int container = openContainer();
    ok(groups.set(again, container));
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    command(device, command(device) | MASTER);
    assertThat(command(keep(getDevice(again))) & MASTER).isEqualTo(MASTER);
  }
}
