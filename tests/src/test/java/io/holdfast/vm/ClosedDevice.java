package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.MappedRegion;
import io.holdfast.SyscallsHost;
import io.holdfast.VfioDevice;
import io.holdfast.disk.Disk;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.MemoryInUseException;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device that is closed while one of its regions is mapped: it is stopped before anything else,
 * the region is unmapped, and the device is nobody's afterwards.
 */
final class ClosedDevice {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");

  /** The edu device's DMA source, the first register that takes an access of eight bytes. */
  private static final long REGISTER = 0x80;

  private static final int USE_MILLIS = 5_000;

  private final Host host;
  private final Calls calls;

  private ClosedDevice(Host host, Calls calls) {
    this.host = host;
    this.calls = calls;
  }

  static void run() {
    Calls calls = new Calls(NativeSyscalls.open());
    try (Host host = new SyscallsHost(calls, Disk.local(), "a traced host")) {
      ClosedDevice scenario = new ClosedDevice(host, calls);
      check("closing.region-left-mapped", scenario::regionLeftMapped);
      check("closing.region-in-use", scenario::regionInUse);
      check("closing.bound-again", scenario::boundAgain);
    }
  }

  private LiveSession open() {
    return LiveSession.openOrRestore(host, "closing", Guest.SESSIONS);
  }

  private VfioDevice bind(LiveSession session) {
    VfioDevice device = session.bind(DEVICE, session.ioas("rings"));
    session.ioas("rings").buffer("memory", 1 << 20);
    device.enableBusMastering();
    return device;
  }

  private String regionLeftMapped() {
    LiveSession session = open();
    MappedRegion region = bind(session).region(0).map();
    MemorySegment registers = region.segment();
    calls.seen.clear();
    session.close();
    List<String> seen = List.copyOf(calls.seen);
    requireStopped();
    require(seen.getFirst().equals("pwrite"), "%s came first", seen);
    require(seen.indexOf("munmap") < seen.indexOf("close"), "closed before unmapped: %s", seen);
    require(!registers.scope().isAlive(), "the region can still be reached");
    return "stopped by the first of " + seen.size() + " calls";
  }

  private String regionInUse() throws InterruptedException {
    LiveSession session = open();
    MemorySegment register = bind(session).region(0).map().segment().asSlice(REGISTER, 8);
    Thread user = new Thread(() -> calls.poll(register, USE_MILLIS));
    user.start();
    while (!calls.isPolling) {
      Thread.onSpinWait();
    }
    Thread.sleep(200); // Into the call; that it is there is what the refusal shows.
    boolean refused = false;
    try {
      session.close();
    } catch (MemoryInUseException e) {
      refused = true;
    }
    requireStopped();
    user.join();
    session.close();
    require(refused, "a region that a call used was unmapped");
    return "stopped though it could not be unmapped, and closed by closing again";
  }

  private String boundAgain() {
    try (LiveSession session = open()) {
      VfioDevice device = session.bind(DEVICE, session.ioas("rings"));
      require(!device.isBusMaster(), "it came started");
      int identification = device.region(0).read32(0);
      require((identification & 0xff) == 0xed, "it says 0x%x", identification);
    }
    return "by the same process";
  }

  private void requireStopped() {
    require(!PciSysfs.isBusMaster(calls, DEVICE), "the device is still a bus master");
  }

  /** Notes the calls that matter here. */
  private static final class Calls extends ForwardingSyscalls {
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private volatile boolean isPolling;

    Calls(Syscalls delegate) {
      super(delegate);
    }

    @Override
    public long pwrite(int fd, MemorySegment buffer, long offset) {
      seen.add("pwrite");
      return super.pwrite(fd, buffer, offset);
    }

    @Override
    public int munmap(long address, long length) {
      seen.add("munmap");
      return super.munmap(address, length);
    }

    @Override
    public int close(int fd) {
      seen.add("close");
      return super.close(fd);
    }

    /** Waits for what a register says, which is nothing, and so for the time given. */
    @Override
    public int poll(MemorySegment pollfds, int timeoutMillis) {
      isPolling = true;
      return super.poll(pollfds, timeoutMillis);
    }
  }
}
