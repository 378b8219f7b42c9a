package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN;
import static io.holdfast.uapi.VfioUapi.VFIO_DEVICE_BIND_IOMMUFD;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.PciAddress;
import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.VfioUapi.vfio_device_bind_iommufd;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * VF tokens: the secret that a physical function and its virtual ones are opened with. On the
 * running kernel the two are in slots {@code -Dholdfast.physical} and {@code -Dholdfast.virtual}.
 */
class VfTokenContractTest extends ContractTest {
  private static final String PHYSICAL = System.getProperty("holdfast.physical", "0000:00:05.0");
  private static final String VIRTUAL = System.getProperty("holdfast.virtual", "0000:00:05.1");
  private static final int TOKEN_BYTES = 16;

  @Override
  KernelUnderTest create() {
    PciAddress physical = PciAddress.parse(PHYSICAL);
    return System.getProperty(KernelUnderTest.PROPERTY) != null
        ? KernelUnderTest.create()
        : new SimulatedKernelUnderTest(
            SimulatedMachine.standard()
                .withDevice(physical, EduDevice.class)
                .withVirtualFunction(PciAddress.parse(VIRTUAL), EduDevice.class, physical));
  }

  /** A device's node, opened and not bound. */
  private int node(String address) {
    List<String> names = new ArrayList<>();
    String directory = "/sys/bus/pci/devices/" + address + "/vfio-dev";
    if (kernel.listFolder(directory, names) < 0) {
      // Not once more: a physical function that loses its driver loses its virtual ones.
      bindDriver(address);
      kernel.listFolder(directory, names);
    }
    assertThat(names).as(address).hasSize(1);
    String path = "/dev/vfio/devices/" + names.getFirst();
    return keep(kernel.open(path, FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0));
  }

  private int bind(int cdev, int iommufd, long token) {
    MemorySegment secret = calls.memory(TOKEN_BYTES).fill((byte) token);
    return bindAt(cdev, iommufd, secret.address());
  }

  private int bindAt(int cdev, int iommufd, long address) {
    MemorySegment in = calls.struct(vfio_device_bind_iommufd.LAYOUT);
    vfio_device_bind_iommufd.flags.set(in, VFIO_DEVICE_BIND_FLAG_TOKEN);
    vfio_device_bind_iommufd.iommufd.set(in, iommufd);
    vfio_device_bind_iommufd.token_uuid_ptr.set(in, address);
    return kernel.ioctl(cdev, VFIO_DEVICE_BIND_IOMMUFD, in);
  }

  @Test
  void aDeviceThatIsNeitherTakesNone() {
    int iommufd = openIommu();
    int cdev = openCdev();
    refused(Errno.EINVAL, bind(cdev, iommufd, 1));
    refused(Errno.EFAULT, bindAt(cdev, iommufd, 0));
    ok(calls.bind(cdev, iommufd));
  }

  @Test
  void theVirtualFunctionTakesWhatThePhysicalOneWasOpenedWith() {
    int iommufd = openIommu();
    int physical = node(PHYSICAL);
    ok(bind(physical, iommufd, 1));
    int virtual = node(VIRTUAL);
    refused(Errno.EACCES, calls.bind(virtual, iommufd));
    refused(Errno.EACCES, bind(virtual, iommufd, 2));
    ok(bind(virtual, iommufd, 1));
    closeNow(virtual);
    closeNow(physical);
    // It outlives both.
    ok(bind(node(VIRTUAL), iommufd, 1));
  }

  @Test
  void whileAVirtualFunctionIsOpenItCannotBeChanged() {
    int iommufd = openIommu();
    int physical = node(PHYSICAL);
    ok(bind(physical, iommufd, 3));
    closeNow(physical);
    int virtual = node(VIRTUAL);
    ok(bind(virtual, iommufd, 3));
    int again = node(PHYSICAL);
    refused(Errno.EACCES, calls.bind(again, iommufd));
    refused(Errno.EACCES, bind(again, iommufd, 4));
    ok(bind(again, iommufd, 3));
    closeNow(again);
    closeNow(virtual);
    // Nobody has it any more: another one may be set, and none is needed.
    int last = node(PHYSICAL);
    ok(bind(last, iommufd, 4));
    closeNow(last);
    ok(calls.bind(node(PHYSICAL), iommufd));
    ok(bind(node(VIRTUAL), iommufd, 4));
  }
}
