package io.holdfast.sim;

import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A driver in a process of its own, for {@link KexecFromOutsideTest}: pins and preserves memory,
 * prints where it is, and either waits to be killed by the kexec or dies before it.
 */
final class KilledOwner {
  static final String SESSION = "outside";
  static final long BYTES = 8 << 20;
  static final long IOVA = 1L << 32;

  private KilledOwner() {}

  public static void main(String[] args) throws Exception {
    SimulatedKernel machine =
        SimulatedKernel.openOrCreate(Path.of(args[0]), SimulatedMachine.standard());
    KernelCalls calls = new KernelCalls(machine.process());
    int iommufd = calls.kernel().open("/dev/iommu", FcntlUapi.O_RDWR, 0);
    DriverCalls driver = new DriverCalls(calls, iommufd);
    int memfd = calls.memfd(MemfdUapi.MFD_EXEC, BYTES);
    int unpreserved = calls.memfd(MemfdUapi.MFD_EXEC, BYTES);
    calls.mapFile(iommufd, driver.ioas(), memfd, 0, BYTES, IOVA, KernelCalls.READ_WRITE_FIXED);
    calls.mapFile(
        iommufd, driver.ioas(), unpreserved, 0, BYTES, 2 * IOVA, KernelCalls.READ_WRITE_FIXED);
    driver.command(0x107);
    int session =
        calls.createSession(calls.kernel().open("/dev/liveupdate", FcntlUapi.O_RDWR, 0), SESSION);
    calls.preserve(session, memfd, 1);
    calls.mapMemory(memfd, BYTES).set(ValueLayout.JAVA_LONG, BYTES - 8, 4711);
    calls.getPa(iommufd, driver.ioas(), IOVA, BYTES);
    System.out.println(calls.physicalAddress + " " + calls.length);
    System.out.flush();
    if (args[1].equals("dies")) {
      Runtime.getRuntime().halt(1);
    }
    Thread.sleep(Long.MAX_VALUE);
  }
}
