package io.holdfast.drivers.nvme;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.DmaBuffer;
import io.holdfast.LiveSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.session.StoreReport;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.NvmeDevice;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.store.Holder;
import io.holdfast.store.HolderOptions;
import io.holdfast.testing.SimulatedHost;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A simulated machine with a disk and a holder, and a driver that can die and be started again. */
@Timeout(120)
abstract class DiskFixture {
  static final PciAddress SLOT = PciAddress.parse("0000:00:06.0");

  /** Deliberate bugs are looked for with less of it: some are found by its end. */
  static final Duration LONG = Duration.ofSeconds(Integer.getInteger("holdfast.patience", 60));

  static final int PAGE = 4096;
  private static final String SOCKET = "/run/holdfast/holder.sock";

  @TempDir Path folder;
  SimulatedKernel kernel;
  SimulatedHost host;
  LiveSession session;
  NvmeController disk;
  private Holder holder;
  private SimulatedProcess holderProcess;
  private Thread worker;

  @BeforeEach
  void switchOn() {
    kernel =
        SimulatedKernel.create(folder.resolve("machine"), machine().withDevice(SLOT, modelClass()));
    startHolder();
  }

  Class<? extends NvmeDevice> modelClass() {
    return NvmeDevice.class;
  }

  /** Memory in one stretch, so that rings are contiguous. */
  SimulatedMachine machine() {
    return SimulatedMachine.standard().withMemoryBytes(64 << 20).withSinglePagePercent(0);
  }

  @AfterEach
  void switchOff() throws InterruptedException {
    assertThat(kernel.violations()).as("memory the disk must not reach").isEmpty();
    stop();
    stopHolder();
    kernel.close();
  }

  private void startHolder() {
    holderProcess = kernel.process();
    holder = Holder.start(holderProcess, new HolderOptions(SOCKET, 1000));
    Holder working = holder;
    worker =
        Thread.ofPlatform()
            .daemon()
            .start(() ->
                working.run(failure -> {
                  if (String.valueOf(failure.getMessage()).contains("ESRCH")) {
                    working.stop(); // Its process is dead.
                  }
                }));
  }

  private void stopHolder() throws InterruptedException {
    holder.stop();
    holderProcess.close();
    worker.join();
  }

  /** The process ends in order. */
  void stop() {
    if (disk != null) {
      disk.close();
      disk = null;
    }
    if (session != null) {
      boolean kept = session.store().kind() == StoreReport.Kind.HOLDER;
      session.discard();
      session = null;
      assertThat(host.openDescriptors()).as("descriptors that the driver has left open").isZero();
      if (kept) { // Else the holder may have a part of it, until the next start.
        assertThat(kernel.pinnedMemoryBytes()).as("bytes that are still pinned").isZero();
      }
    }
    if (host != null) {
      host.close();
      host = null;
    }
  }

  NvmeOptions options() {
    return NvmeOptions.defaults().withTimeout(LONG);
  }

  /** A new process opens the disk. */
  void start() {
    start(options());
  }

  void start(NvmeOptions options) {
    openSession();
    disk = NvmeController.open(session, session.ioas("disk"), SLOT, options);
  }

  void openSession() {
    host = SimulatedHost.on(kernel);
    session =
        LiveSession.openOrRestore(
            host,
            "disk0",
            folder.resolve("state"),
            SessionOptions.defaults()
                .withEnvironment(Map.of())
                .withStore(StoreOptions.automatic().withHolder(SOCKET)));
  }

  /** The process is killed; the holder has what it held. */
  void kill() {
    host.kill();
    buried();
  }

  /** The process has died. */
  void buried() {
    host.close();
    host = null;
    session = null;
    disk = null;
  }

  /** The kernel is replaced, every process dies, and another holder is started. */
  void kexec() throws InterruptedException {
    kernel.kexec(KexecMode.FILE);
    buried();
    stopHolder();
    startHolder();
  }

  NvmeDevice model() {
    return (NvmeDevice) kernel.device(SLOT);
  }

  DmaBuffer buffer(String name, long bytes) {
    return session.ioas("disk").buffer(name, bytes);
  }
}
