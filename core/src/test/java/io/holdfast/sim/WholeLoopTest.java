package io.holdfast.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Holdfast is for, with system calls only: memory stays where it is while the kernel is
 * replaced.
 */
class WholeLoopTest {
  private static final String DEVICE = "/sys/bus/pci/devices/0000:00:04.0";
  private static final long IOVA = 0x1_0000_0000L;
  private static final long BYTES = 64 << 20;

  @TempDir Path folder;

  private record Open(int iommufd, int ioas, int cdev) {}

  private static Open open(KernelCalls calls) {
    calls
        .kernel()
        .writeFile(DEVICE + "/driver_override", "vfio-pci".getBytes(StandardCharsets.US_ASCII));
    calls
        .kernel()
        .writeFile(
            "/sys/bus/pci/drivers_probe", "0000:00:04.0".getBytes(StandardCharsets.US_ASCII));
    List<String> names = new ArrayList<>();
    assertThat(calls.kernel().listFolder(DEVICE + "/vfio-dev", names)).isEqualTo(1);
    int iommufd = calls.kernel().open("/dev/iommu", FcntlUapi.O_RDWR, 0);
    int cdev = calls.kernel().open("/dev/vfio/devices/" + names.getFirst(), FcntlUapi.O_RDWR, 0);
    int ioas = calls.ioasAlloc(iommufd);
    assertThat(calls.bind(cdev, iommufd)).isZero();
    assertThat(calls.attach(cdev, ioas)).isZero();
    return new Open(iommufd, ioas, cdev);
  }

  private static List<Long> extents(KernelCalls calls, Open open) {
    List<Long> extents = new ArrayList<>();
    for (long at = 0; at < BYTES; at += calls.length) {
      assertThat(calls.getPa(open.iommufd(), open.ioas(), IOVA + at, BYTES - at)).isZero();
      extents.add(calls.physicalAddress);
      extents.add(calls.length);
    }
    return extents;
  }

  @Test
  void memoryKeepsItsBytesAndPlaceOverKexecs() {
    try (SimulatedKernel machine = SimulatedKernel.create(folder, SimulatedMachine.standard())) {
      KernelCalls calls = new KernelCalls(machine.process());
      Open open = open(calls);
      int memfd = calls.memfd(MemfdUapi.MFD_EXEC, BYTES);
      calls.mapMemory(memfd, BYTES).set(ValueLayout.JAVA_LONG, BYTES - 8, 42);
      assertThat(
              calls.mapFile(
                  open.iommufd(), open.ioas(), memfd, 0, BYTES, IOVA, KernelCalls.READ_WRITE_FIXED))
          .isZero();
      List<Long> before = extents(calls, open);
      assertThat(before).hasSizeGreaterThan(100);
      for (int generation = 2; generation < 5; generation++) {
        int liveupdate = calls.kernel().open("/dev/liveupdate", FcntlUapi.O_RDWR, 0);
        int session = calls.createSession(liveupdate, "nic0");
        assertThat(calls.preserve(session, memfd, 1)).isZero();

        KexecReport report = machine.kexec(KexecMode.FILE);
        assertThat(report.generation()).isEqualTo(generation);
        assertThat(report.sessionsCarried()).containsExactly("nic0");

        calls = new KernelCalls(machine.process());
        liveupdate = calls.kernel().open("/dev/liveupdate", FcntlUapi.O_RDWR, 0);
        session = calls.retrieveSession(liveupdate, "nic0");
        memfd = calls.retrieve(session, 1);
        open = open(calls);
        assertThat(
                calls.mapFile(
                    open.iommufd(),
                    open.ioas(),
                    memfd,
                    0,
                    BYTES,
                    IOVA,
                    KernelCalls.READ_WRITE_FIXED))
            .isZero();
        assertThat(extents(calls, open)).isEqualTo(before);
        MemorySegment memory = calls.mapMemory(memfd, BYTES);
        assertThat(memory.get(ValueLayout.JAVA_LONG, BYTES - 8)).isEqualTo(42);
        assertThat(calls.finish(session)).isZero();
        calls.kernel().close(liveupdate);
      }
    }
  }
}
