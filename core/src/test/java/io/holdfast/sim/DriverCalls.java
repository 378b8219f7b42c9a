package io.holdfast.sim;

import static io.holdfast.uapi.VfioUapi.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A small driver of the edu device, bound and attached to an IOAS of its own. */
final class DriverCalls {
  private static final String DEVICE = "/sys/bus/pci/devices/0000:00:04.0";
  static final long BUFFER = 0x40000;

  private final KernelCalls calls;
  private final int cdev;
  private final int ioas;

  DriverCalls(KernelCalls calls, int iommufd) {
    this.calls = calls;
    calls
        .kernel()
        .writeFile(DEVICE + "/driver_override", "vfio-pci".getBytes(StandardCharsets.US_ASCII));
    calls
        .kernel()
        .writeFile(
            "/sys/bus/pci/drivers_probe", "0000:00:04.0".getBytes(StandardCharsets.US_ASCII));
    List<String> names = new ArrayList<>();
    assertThat(calls.kernel().listFolder(DEVICE + "/vfio-dev", names)).isEqualTo(1);
    cdev = calls.kernel().open("/dev/vfio/devices/" + names.getFirst(), FcntlUapi.O_RDWR, 0);
    ioas = calls.ioasAlloc(iommufd);
    assertThat(calls.bind(cdev, iommufd)).isZero();
    assertThat(calls.attach(cdev, ioas)).isZero();
  }

  int ioas() {
    return ioas;
  }

  int cdev() {
    return cdev;
  }

  int command() {
    MemorySegment word = calls.memory(2);
    assertThat(calls.kernel().pread(cdev, word, ((long) VFIO_PCI_CONFIG_REGION_INDEX << 40) + 4))
        .isEqualTo(2);
    return word.get(ValueLayout.JAVA_SHORT, 0);
  }

  void command(int value) {
    MemorySegment word = calls.memory(2);
    word.set(ValueLayout.JAVA_SHORT, 0, (short) value);
    assertThat(calls.kernel().pwrite(cdev, word, ((long) VFIO_PCI_CONFIG_REGION_INDEX << 40) + 4))
        .isEqualTo(2);
  }

  void register(long offset, long value) {
    MemorySegment word = calls.memory(8);
    word.set(ValueLayout.JAVA_LONG, 0, value);
    assertThat(calls.kernel().pwrite(cdev, word, offset)).isEqualTo(8);
  }

  /** Has the device read memory into its buffer. */
  void readMemory(long physicalAddress, long bytes, int command) {
    register(0x80, physicalAddress);
    register(0x88, BUFFER);
    register(0x90, bytes);
    register(0x98, command | 1);
  }

  /** Has the device write its buffer to memory. */
  void writeMemory(long physicalAddress, long bytes) {
    register(0x80, BUFFER);
    register(0x88, physicalAddress);
    register(0x90, bytes);
    register(0x98, 3);
  }
}
