package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the tests of the kernel contract share: a kernel to ask, and descriptors that are closed
 * afterwards.
 *
 * <p>A test speaks to {@link Syscalls} only, and every answer it expects was given by Linux 7.3.
 */
abstract class ContractTest {
  static final long IOVA = 0x1_0000_0000L;
  static final int RW = KernelCalls.READ_WRITE_FIXED;
  static final int PAGE = 4096;

  private KernelUnderTest underTest;
  private final List<Integer> opened = new ArrayList<>();
  KernelCalls calls;
  Syscalls kernel;

  @BeforeEach
  void start() {
    underTest = create();
    kernel = underTest.process();
    calls = new KernelCalls(kernel);
    bindDriver(underTest.device());
  }

  KernelUnderTest create() {
    return KernelUnderTest.create();
  }

  /** Has vfio-pci take a device, in place of the driver it has. */
  void bindDriver(String address) {
    String device = "/sys/bus/pci/devices/" + address;
    kernel.writeFile(device + "/driver/unbind", text(address));
    kernel.writeFile(device + "/driver_override", text("vfio-pci"));
    kernel.writeFile("/sys/bus/pci/drivers_probe", text(address));
  }

  @AfterEach
  void end() {
    opened.reversed().forEach(kernel::close);
    underTest.close();
  }

  KernelUnderTest underTest() {
    return underTest;
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A descriptor that the kernel gave, closed after the test. */
  int keep(int fd) {
    assertThat(fd).describedAs("descriptor").isNotNegative();
    opened.add(fd);
    return fd;
  }

  void closeNow(int fd) {
    opened.remove(Integer.valueOf(fd));
    ok(kernel.close(fd));
  }

  static void ok(long answer) {
    assertThat(answer < 0 && answer > -4096 ? Errno.name((int) -answer) : "ok").isEqualTo("ok");
  }

  static void refused(int errno, long answer) {
    assertThat(answer < 0 && answer > -4096 ? Errno.name((int) -answer) : "ok")
        .isEqualTo(Errno.name(errno));
  }

  int openIommu() {
    return keep(kernel.open("/dev/iommu", FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0));
  }

  String cdevPath() {
    return cdevPath(underTest.device());
  }

  String cdevPath(String address) {
    List<String> names = new ArrayList<>();
    kernel.listFolder("/sys/bus/pci/devices/" + address + "/vfio-dev", names);
    assertThat(names).singleElement().asString().startsWith("noiommu-vfio");
    return "/dev/vfio/devices/" + names.getFirst();
  }

  int openCdev() {
    return openCdev(underTest.device());
  }

  int openCdev(String address) {
    return keep(kernel.open(cdevPath(address), FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0));
  }

  int openLiveupdate() {
    return keep(kernel.open("/dev/liveupdate", FcntlUapi.O_RDWR | FcntlUapi.O_CLOEXEC, 0));
  }

  int memfd(long bytes) {
    return keep(calls.memfd(MemfdUapi.MFD_EXEC | MemfdUapi.MFD_CLOEXEC, bytes));
  }

  /** Bound, and attached to an IOAS of its own. */
  final class Attached {
    final int iommufd = openIommu();
    final int ioas = calls.ioasAlloc(iommufd);
    final int cdev = openCdev();
    final int device;
    final int hwpt;

    Attached() {
      ok(calls.bind(cdev, iommufd));
      device = (int) calls.answer;
      ok(calls.attach(cdev, ioas));
      hwpt = (int) calls.answer;
    }

    int map(int fd, long start, long bytes, long iova) {
      return calls.mapFile(iommufd, ioas, fd, start, bytes, iova, RW);
    }

    int getPa(long iova, long bytes) {
      return calls.getPa(iommufd, ioas, iova, bytes);
    }

    long pa(long iova) {
      ok(getPa(iova, 1));
      return calls.physicalAddress;
    }
  }
}
