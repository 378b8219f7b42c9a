package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.VfioUapi.vfio_device_info;
import io.holdfast.uapi.VfioUapi.vfio_pci_dependent_device;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset;
import io.holdfast.uapi.VfioUapi.vfio_pci_hot_reset_info;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Resets of a device that has them, alone and with its slot. */
class ResetContractTest extends ContractTest {
  private static final int OWNED =
      VFIO_PCI_HOT_RESET_FLAG_DEV_ID | VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;

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

  private int hotReset(int cdev) {
    MemorySegment request = calls.memory(PAGE);
    vfio_pci_hot_reset.argsz.set(request, (int) vfio_pci_hot_reset.LAYOUT.size());
    return kernel.ioctl(cdev, VFIO_DEVICE_PCI_HOT_RESET, request);
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
}
