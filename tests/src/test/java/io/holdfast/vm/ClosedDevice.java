package io.holdfast.vm;

import static io.holdfast.vm.Results.check;
import static io.holdfast.vm.Results.require;

import io.holdfast.DeviceRegion;
import io.holdfast.Host;
import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.VfioDevice;
import io.holdfast.disk.Disk;
import io.holdfast.linux.PciSysfs;
import io.holdfast.model.PciAddress;
import io.holdfast.sys.ForwardingSyscalls;
import io.holdfast.sys.NativeSyscalls;
import io.holdfast.sys.Syscalls;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device that is closed while one of its regions is mapped: it is stopped before anything else,
 * the region is unmapped, and the device is nobody's afterwards.
 */
final class ClosedDevice {
  private static final PciAddress DEVICE = PciAddress.parse("0000:00:04.0");

  /** What the edu device's first register says. */
  private static final int IDENTIFICATION = 0x010000ed;

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
    DeviceRegion registers = bind(session).region(0);
    require(registers.isMapped() && registers.get32(0) == IDENTIFICATION, "not mapped");
    calls.seen.clear();
    session.close();
    List<String> seen = List.copyOf(calls.seen);
    requireStopped();
    require(seen.getFirst().equals("pwrite"), "%s came first", seen);
    require(seen.indexOf("munmap") < seen.indexOf("close"), "closed before unmapped: %s", seen);
    require(isRefused(registers), "the region can still be reached");
    return "stopped by the first of " + seen.size() + " calls";
  }

  private String regionInUse() throws InterruptedException {
    LiveSession session = open();
    DeviceRegion registers = bind(session).region(0);
    AtomicInteger wrong = new AtomicInteger();
    CountDownLatch reading = new CountDownLatch(1);
    Thread user =
        new Thread(() -> {
          while (!isRefused(registers)) {
            reading.countDown();
            try {
              wrong.compareAndSet(0, registers.get32(0) ^ IDENTIFICATION);
            } catch (IllegalStateException e) {
              // Closed since.
            }
          }
        });
    user.start();
    reading.await();
    session.close();
    requireStopped();
    user.join();
    require(wrong.get() == 0, "it read 0x%x more than it should", wrong.get());
    return "each access reached the device or was refused";
  }

  private static boolean isRefused(DeviceRegion registers) {
    try {
      registers.get32(0);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private String boundAgain() {
    try (LiveSession session = open()) {
      VfioDevice device = session.bind(DEVICE, session.ioas("rings"));
      require(!device.isBusMaster(), "it came started");
      require(device.region(0).get32(0) == IDENTIFICATION, "it is another device");
    }
    return "by the same process";
  }

  private void requireStopped() {
    require(!PciSysfs.isBusMaster(calls, DEVICE), "the device is still a bus master");
  }

  /** Notes the calls that matter here. */
  private static final class Calls extends ForwardingSyscalls {
    private final List<String> seen = new CopyOnWriteArrayList<>();

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
  }
}
