package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.KernelException;
import io.holdfast.model.MemoryInUseException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.PreserveOptions;
import io.holdfast.session.SessionException;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sys.Errno;
import io.holdfast.sys.FaultInjectingSyscalls.Fault;
import io.holdfast.testing.SimulatedHost;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Closing never hides a failure and never leaves something half closed. */
class ClosingTest {
  private static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  private static final int PAGE = 4096;

  @TempDir Path folder;
  private SimulatedHost host;

  @BeforeEach
  void boot() {
    host = SimulatedHost.open(folder.resolve("machine"));
  }

  @AfterEach
  void switchOff() {
    host.close();
  }

  private LiveSession session() {
    return LiveSession.openOrRestore(host, "nic0", folder.resolve("state"));
  }

  /** A thread whose native call has a segment until it returns: sleeps as long as it says. */
  @SuppressWarnings("restricted") // A native call that takes as long as the test needs.
  private static Thread holding(MemorySegment timespec) throws InterruptedException {
    timespec.set(ValueLayout.JAVA_LONG, 0, 1);
    timespec.set(ValueLayout.JAVA_LONG, 8, 0);
    Linker linker = Linker.nativeLinker();
    MethodHandle nanosleep =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("nanosleep"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    CountDownLatch started = new CountDownLatch(1);
    Thread thread =
        new Thread(() -> {
          started.countDown();
          try {
            int ignored = (int) nanosleep.invokeExact(timespec, MemorySegment.NULL);
          } catch (Throwable e) {
            throw new AssertionError(e);
          }
        });
    thread.start();
    started.await();
    while (thread.getState() != Thread.State.RUNNABLE) {
      Thread.onSpinWait();
    }
    Thread.sleep(50); // Into the call; that it is there is what the assertions below show.
    return thread;
  }

  @Test
  void aBufferInUseIsClosedByClosingItAgain() throws InterruptedException {
    try (LiveSession session = session()) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      DmaBuffer tx = rings.buffer("tx", PAGE);
      long address = tx.physicalAddress(0);
      Thread user = holding(tx.segment());
      assertThatThrownBy(tx::close).isInstanceOf(MemoryInUseException.class);
      assertThatThrownBy(() -> tx.physicalAddress(0)).isInstanceOf(IllegalStateException.class);
      assertThat(rings.buffer("other", PAGE).physicalAddress(0))
          .as("memory that a call still uses is nobody else's")
          .isNotEqualTo(address);
      user.join();
      tx.close();
      assertThat(rings.buffer("after", PAGE).physicalAddress(0)).isEqualTo(address);
      assertThat(session.state().ioases().getFirst().mappings()).hasSize(2);
    }
  }

  @Test
  void aSessionWithABufferInUseClosesEverythingElse() throws InterruptedException {
    int before = host.openDescriptors();
    LiveSession session = session();
    session.bind(EDU, session.ioas("rings"));
    DmaBuffer tx = session.ioas("rings").buffer("tx", PAGE);
    Thread user = holding(tx.segment());
    assertThatThrownBy(session::close).isInstanceOf(MemoryInUseException.class);
    assertThat(host.openDescriptors()).isEqualTo(before);
    session().close();
    user.join();
    session.close();
    assertThatThrownBy(tx::segment).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theDeviceIsStoppedFirstWhateverFailsAfterwards() {
    LiveSession session = session();
    VfioDevice device = session.bind(EDU, session.ioas("rings"));
    session.ioas("rings").buffer("tx", PAGE);
    device.enableBusMastering();
    AtomicReference<String> first = firstChange();
    session.close();
    assertThat(first.get()).isEqualTo("pwrite");
  }

  @Test
  void aDeviceThatIsGivenBackIsStoppedFirst() {
    try (LiveSession session = session()) {
      VfioDevice device = session.bind(EDU, session.ioas("rings"));
      session.ioas("rings").buffer("tx", PAGE);
      device.enableBusMastering();
      AtomicReference<String> first = firstChange();
      device.close();
      assertThat(first.get()).isEqualTo("pwrite");
    }
  }

  /** Which comes first from now on: a write, as to a device's registers, or a close. */
  private AtomicReference<String> firstChange() {
    AtomicReference<String> first = new AtomicReference<>();
    host.faults(call -> {
      if (call.name().equals("pwrite") || call.name().equals("close")) {
        first.compareAndSet(null, call.name());
      }
      return Fault.NONE;
    });
    return first;
  }

  @Test
  void aSessionIsClosedThoughItsDeviceCannotBeStopped() {
    int before = host.openDescriptors();
    LiveSession session = session();
    VfioDevice device = session.bind(EDU, session.ioas("rings"));
    device.enableBusMastering();
    host.faults(call -> call.name().equals("pread") ? Errno.EIO : Fault.NONE);
    assertThatThrownBy(session::close)
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("EIO");
    assertThat(host.openDescriptors()).isEqualTo(before);
    host.faults(call -> Fault.NONE);
    session().close();
  }

  @Test
  void undoingDoesNotHideWhatFailedFirst() {
    try (LiveSession session = session()) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      host.faults(call -> {
        boolean maps = call.toString().contains("IOMMU_IOAS_MAP_FILE");
        return call.name().equals("mmap") || maps ? Errno.ENOMEM : Fault.NONE;
      });
      host.failDisk(
          io.holdfast.disk.FaultInjectingDisk.Operation.WRITE, 1, "No space left on device");
      host.fail("IOMMU_IOAS_MAP_FILE", 1, Errno.ENOMEM);
      assertThatThrownBy(() -> rings.buffer("tx", PAGE))
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("ENOMEM");
      host.faults(call -> Fault.NONE);
    }
  }

  @Test
  void whatFailedWhileUndoingIsSuppressedInWhatFailedFirst() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    session.bind(EDU, rings);
    host.fail("IOMMU_IOAS_NOIOMMU_GET_PA", 1, Errno.EPERM);
    host.fail("IOMMU_IOAS_UNMAP", 1, Errno.ENOMEM);
    assertThatThrownBy(() -> rings.buffer("tx", PAGE))
        .hasMessageContaining("EPERM")
        .satisfies(refused ->
            assertThat(refused.getSuppressed())
                .singleElement()
                .asString()
                .contains("IOMMU_IOAS_UNMAP")
                .contains("ENOMEM"));
    assertThat(rings.find("tx")).isEmpty();
    session.close();
  }

  @Test
  void aSessionCanBeLookedAtWhileItIsBeingSealed() {
    try (LiveSession session = session()) {
      Ioas rings = session.ioas("rings");
      session.bind(EDU, rings);
      rings.buffer("tx", PAGE);
      AtomicReference<Throwable> seen = new AtomicReference<>();
      AtomicReference<Integer> looked = new AtomicReference<>(0);
      host.faults(call -> {
        if (!session.isPreserved() && looked.get() == 0 && call.name().equals("ioctl")) {
          looked.set(1);
          Thread other =
              new Thread(() -> {
                try {
                  session.report();
                  session.state();
                  rings.find("tx").orElseThrow().physicalAddress(0);
                  assertThatThrownBy(() -> rings.buffer("late", PAGE, MapOptions.defaults()))
                      .isInstanceOf(SessionException.class)
                      .hasMessageContaining("being sealed");
                } catch (Throwable e) {
                  seen.set(e);
                }
              });
          other.start();
          try {
            other.join(10_000);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          if (other.isAlive()) {
            seen.set(new AssertionError("looking at the session waits for the seal"));
          }
        }
        return Fault.NONE;
      });
      session.preserve(PreserveOptions.defaults());
      host.faults(call -> Fault.NONE);
      assertThat(looked.get()).isEqualTo(1);
      assertThat(seen.get()).isNull();
    }
  }
}
