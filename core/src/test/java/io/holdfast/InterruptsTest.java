package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Interrupts of the edu device, which raises and acknowledges them by registers. */
@Timeout(60)
class InterruptsTest {
  private static final PciAddress FIRST = SimulatedMachine.EDU_ADDRESS;
  private static final PciAddress SECOND = PciAddress.parse("0000:00:05.0");
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final int RAISE = 0x60;
  private static final int ACKNOWLEDGE = 0x64;

  @TempDir Path directory;

  private SimulatedHost host;
  private LiveSession session;
  private VfioDevice device;
  private DeviceRegion registers;

  @BeforeEach
  void open() {
    host =
        SimulatedHost.open(
            directory.resolve("machine"),
            SimulatedMachine.standard().withDevice(SECOND, EduDevice.class));
    session = LiveSession.openOrRestore(host, "nic0", directory.resolve("state"));
    device = session.bind(FIRST, session.ioas("rings"));
    registers = device.region(0);
    device.enableBusMastering(); // Without it there are no messages.
  }

  @AfterEach
  void close() {
    session.close();
    host.close();
  }

  @Test
  void anInterruptIsCountedAndToldOnce() {
    Interrupt interrupt = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    assertThat(interrupt.poll()).isZero();
    assertThat(interrupt.await(SHORT)).isZero();
    registers.put32(RAISE, 1);
    registers.put32(RAISE, 2);
    assertThat(interrupt.await(LONG)).isEqualTo(2);
    assertThat(interrupt.poll()).isZero();
  }

  @Test
  void aMessageNeedsABusMaster() {
    device.disableBusMastering();
    Interrupt interrupt = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    registers.put32(RAISE, 1);
    assertThat(interrupt.await(SHORT)).isZero();
    device.enableBusMastering();
    registers.put32(RAISE, 2);
    assertThat(interrupt.await(LONG)).isEqualTo(1);
  }

  @Test
  void whoWaitsIsToldByAnInterruptThatComesMeanwhile() {
    Interrupt interrupt = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    CompletableFuture<Long> waiting = waiting(interrupt);
    registers.put32(RAISE, 1);
    assertThat(waiting.join()).isEqualTo(1);
  }

  @Test
  void theInterruptLineMasksItselfUntilItIsUnmasked() {
    Interrupt line = device.enableInterrupts(InterruptKind.INTX, 1).vector(0);
    registers.put32(RAISE, 1);
    registers.put32(RAISE, 2);
    assertThat(line.await(LONG)).isEqualTo(1);
    line.unmask(); // Without an acknowledgement: the device interrupts still.
    assertThat(line.await(LONG)).isEqualTo(1);
    registers.put32(ACKNOWLEDGE, 3);
    line.unmask();
    assertThat(line.await(SHORT)).isZero();
    line.mask();
    registers.put32(RAISE, 1);
    assertThat(line.await(SHORT)).isZero();
    line.unmask();
    assertThat(line.await(LONG)).isEqualTo(1);
  }

  @Test
  void onlyTheInterruptLineCanBeMasked() {
    Interrupt message = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    assertThatThrownBy(message::mask)
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("MSI cannot be masked");
    assertThatThrownBy(message::unmask).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aWaitingThreadCanBeWoken() {
    Interrupt interrupt = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    CompletableFuture<Long> waiting = waiting(interrupt);
    interrupt.wake();
    assertThat(waiting.join()).isZero();
    interrupt.wake(); // Nobody waits: the next one does not.
    assertThat(interrupt.await(LONG)).isZero();
    interrupt.wake();
    registers.put32(RAISE, 1);
    assertThat(interrupt.await(LONG)).isEqualTo(1);
    assertThat(interrupt.await(SHORT)).isZero();
  }

  @Test
  void interruptsOfSeveralDevicesAreWaitedForTogether() {
    VfioDevice other = session.bind(SECOND, session.ioas("rings"));
    Interrupt first = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    Interrupt second = other.enableInterrupts(InterruptKind.INTX, 1).vector(0);
    List<Interrupt> both = List.of(first, second);
    assertThat(Interrupt.awaitAny(both, SHORT)).isEmpty();
    other.region(0).put32(RAISE, 1);
    assertThat(Interrupt.awaitAny(both, LONG)).containsExactly(second);
    registers.put32(RAISE, 1);
    assertThat(Interrupt.awaitAny(both, LONG)).containsExactly(first, second);
    assertThat(first.poll() + second.poll()).isEqualTo(2);
    assertThat(Interrupt.awaitAny(both, Duration.ZERO)).isEmpty();
  }

  @Test
  void closingWakesWhoWaitsAndSwitchesOff() {
    InterruptVectors vectors = device.enableInterrupts(InterruptKind.MSI, 1);
    Interrupt interrupt = vectors.vector(0);
    CompletableFuture<Long> waiting = waiting(interrupt);
    int open = host.openDescriptors();
    vectors.close();
    vectors.close();
    assertThatThrownBy(waiting::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(host.openDescriptors()).isEqualTo(open - 1);
    assertThatThrownBy(interrupt::poll).isInstanceOf(IllegalStateException.class);
    registers.put32(RAISE, 1); // Nobody is told, and nothing breaks.
    registers.put32(ACKNOWLEDGE, 1);
    Interrupt line = device.enableInterrupts(InterruptKind.INTX, 1).vector(0);
    registers.put32(RAISE, 1);
    assertThat(line.await(LONG)).isEqualTo(1);
  }

  @Test
  void interruptsAreClosedWithTheirDevice() {
    Interrupt interrupt = device.enableInterrupts(InterruptKind.MSI, 1).vector(0);
    CompletableFuture<Long> waiting = waiting(interrupt);
    device.close();
    assertThatThrownBy(waiting::join).hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(interrupt::wake).isInstanceOf(IllegalStateException.class);
    device = session.bind(FIRST, session.ioas("rings"));
    assertThat(device.enableInterrupts(InterruptKind.MSI, 1).vector(0).poll()).isZero();
  }

  @Test
  void whatTheDeviceHasNotGotIsRefused() {
    assertThat(device.interruptCount(InterruptKind.MSI)).isEqualTo(1);
    assertThatThrownBy(() -> device.enableInterrupts(InterruptKind.MSI, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has 1");
    assertThatThrownBy(() -> device.enableInterrupts(InterruptKind.MSI, -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    InterruptVectors vectors = device.enableInterrupts(InterruptKind.MSI, 1);
    assertThatThrownBy(() -> vectors.vector(1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> device.enableInterrupts(InterruptKind.MSI, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("on already");
    int open = host.openDescriptors();
    assertThatThrownBy(() -> device.enableInterrupts(InterruptKind.INTX, 1))
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("EINVAL");
    assertThat(host.openDescriptors()).isEqualTo(open);
  }

  /** A thread that waits for an interrupt, seen to be about to. */
  private static CompletableFuture<Long> waiting(Interrupt interrupt) {
    CountDownLatch began = new CountDownLatch(1);
    CompletableFuture<Long> told = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          began.countDown();
          try {
            told.complete(interrupt.await(LONG));
          } catch (RuntimeException e) {
            told.completeExceptionally(e);
          }
        });
    try {
      began.await();
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return told;
  }
}
