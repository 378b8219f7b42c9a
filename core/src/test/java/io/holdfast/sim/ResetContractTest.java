package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Resets of a device that has them, alone and with its slot. */
class ResetContractTest extends ContractTest {
  private static final int OWNED =
      VFIO_PCI_HOT_RESET_FLAG_DEV_ID | VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;

  private final GroupCalls groups = new GroupCalls(() -> kernel);
  private int first;
  private int second;

  @BeforeEach
  void openBoth() {
    List<String> devices = underTest().resettableDevices();
    devices.forEach(this::bindDriver);
    first = openCdev(devices.get(0));
    second = openCdev(devices.get(1));
  }

  private MemorySegment info(int cdev, int argsz, int errno) {
    MemorySegment info = calls.memory(PAGE);
    vfio_pci_hot_reset_info.argsz.set(info, argsz);
    int answer = kernel.ioctl(cdev, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
    assertThat(answer).isEqualTo(-errno);
    return info;
  }

  private static int devid(MemorySegment info, int index) {
    long entry = vfio_pci_dependent_device.LAYOUT.size();
    long at = vfio_pci_hot_reset_info.LAYOUT.size() + index * entry;
    MemorySegment device = info.asSlice(at, entry);
    assertThat(vfio_pci_dependent_device.bus.get(device)).isEqualTo(1);
    assertThat(vfio_pci_dependent_device.devfn.get(device)).isEqualTo(index);
    return vfio_pci_dependent_device.devid.get(device);
  }

  private int hotReset(int device, int... groups) {
    MemorySegment request = calls.memory(PAGE);
    vfio_pci_hot_reset.argsz.set(request, (int) vfio_pci_hot_reset.LAYOUT.size());
    vfio_pci_hot_reset.count.set(request, groups.length);
    long at = vfio_pci_hot_reset.LAYOUT.size();
    MemorySegment.copy(groups, 0, request, ValueLayout.JAVA_INT, at, groups.length);
    return kernel.ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, request);
  }

  @Test
  void aFunctionIsResetByItself() {
    ok(calls.bind(first, openIommu()));
    MemorySegment info = calls.struct(vfio_device_info.LAYOUT);
    ok(kernel.ioctl(first, VFIO_DEVICE_GET_INFO, info));
    assertThat(vfio_device_info.flags.get(info))
        .isEqualTo(VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
    ok(kernel.ioctl(first, VFIO_DEVICE_RESET, 0));
  }

  @Test
  void theSlotIsResetWhenAllOfItIsBoundToOneIommufd() {
    int iommufd = openIommu();
    ok(calls.bind(first, iommufd));
    int firstId = (int) calls.answer;
    ok(calls.bind(second, iommufd));
    int secondId = (int) calls.answer;
    MemorySegment info = info(first, PAGE, 0);
    assertThat(vfio_pci_hot_reset_info.flags.get(info)).isEqualTo(OWNED);
    assertThat(vfio_pci_hot_reset_info.count.get(info)).isEqualTo(2);
    assertThat(devid(info, 0)).isEqualTo(firstId);
    assertThat(devid(info, 1)).isEqualTo(secondId);
    ok(hotReset(first));
    ok(hotReset(second));
  }

  @Test
  void whatIsNotBoundIsNotOwned() {
    ok(calls.bind(first, openIommu()));
    int id = (int) calls.answer;
    MemorySegment info = info(first, PAGE, 0);
    assertThat(vfio_pci_hot_reset_info.flags.get(info)).isEqualTo(VFIO_PCI_HOT_RESET_FLAG_DEV_ID);
    assertThat(devid(info, 0)).isEqualTo(id);
    assertThat(devid(info, 1)).isEqualTo(VFIO_PCI_DEVID_NOT_OWNED);
    refused(Errno.EINVAL, hotReset(first));
  }

  @Test
  void whatIsBoundToAnotherIommufdIsNotOwned() {
    ok(calls.bind(first, openIommu()));
    ok(calls.bind(second, openIommu()));
    MemorySegment info = info(first, PAGE, 0);
    assertThat(vfio_pci_hot_reset_info.flags.get(info)).isEqualTo(VFIO_PCI_HOT_RESET_FLAG_DEV_ID);
    assertThat(devid(info, 1)).isEqualTo(VFIO_PCI_DEVID_NOT_OWNED);
    refused(Errno.EINVAL, hotReset(first));
    refused(Errno.EINVAL, hotReset(second));
  }

  @Test
  void infoSaysHowMuchRoomItNeeds() {
    ok(calls.bind(first, openIommu()));
    MemorySegment info = info(first, 20, Errno.ENOSPC);
    assertThat(vfio_pci_hot_reset_info.flags.get(info)).isZero();
    assertThat(vfio_pci_hot_reset_info.count.get(info)).isEqualTo(2);
    info(first, 11, Errno.EINVAL);
  }

  private int openGroup(int index) {
    return keep(groups.open(groups.path(underTest().resettableDevices().get(index))));
  }

  private int openByGroup(int group, int index) {
    int container = keep(groups.open("/dev/vfio/vfio"));
    ok(groups.set(group, container));
    ok(groups.type(container, VFIO_NOIOMMU_IOMMU));
    return keep(groups.device(group, underTest().resettableDevices().get(index)));
  }

  @Test
  void aGroupsDeviceIsResetWithTheGroupsOfItsWholeSlot() {
    int group = openGroup(0);
    int device = openByGroup(group, 0);
    int other = openGroup(1); // It need not be in a container.
    ok(hotReset(device, group, other));
    ok(hotReset(device, other, group));
    refused(Errno.EINVAL, hotReset(device));
    refused(Errno.EINVAL, hotReset(device, group));
    refused(Errno.EINVAL, hotReset(device, group, group));
    refused(Errno.EINVAL, hotReset(device, group, other, other));
    refused(Errno.EBADF, hotReset(device, group, -1));
    refused(Errno.EINVAL, hotReset(device, group, first));
    openByGroup(other, 1);
    ok(hotReset(device, group, other));
  }

  @Test
  void aGroupsDeviceIsToldOfGroups() {
    int group = openGroup(0);
    int device = openByGroup(group, 0);
    MemorySegment info = info(device, PAGE, 0);
    assertThat(vfio_pci_hot_reset_info.flags.get(info)).isZero();
    assertThat(vfio_pci_hot_reset_info.count.get(info)).isEqualTo(2);
    for (int index = 0; index < 2; index++) {
      String path = groups.path(underTest().resettableDevices().get(index));
      assertThat(path).isEqualTo("/dev/vfio/noiommu-" + devid(info, index));
    }
    info(device, 20, Errno.ENOSPC);
  }

  @Test
  void neitherKindIsResetWithOneOfTheOther() {
    int group = openGroup(0);
    int device = openByGroup(group, 0);
    ok(calls.bind(second, openIommu()));
    refused(Errno.EINVAL, hotReset(device, group));
    refused(Errno.EINVAL, hotReset(second));
    MemorySegment info = info(second, PAGE, 0);
    assertThat(vfio_pci_hot_reset_info.flags.get(info)).isEqualTo(VFIO_PCI_HOT_RESET_FLAG_DEV_ID);
    assertThat(devid(info, 0)).isEqualTo(VFIO_PCI_DEVID_NOT_OWNED);
  }
}
