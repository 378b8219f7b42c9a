package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionOptions;
import io.holdfast.session.StoreOptions;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.store.DescriptorStore;
import io.holdfast.store.DescriptorStores;
import io.holdfast.store.Holder;
import io.holdfast.store.HolderOptions;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.testing.SimulatedHost;
import io.holdfast.uapi.MemfdUapi;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A simulated machine with a holder, and sessions named nic0 that it keeps. */
abstract class KeptSessionFixture {
  static final PciAddress EDU = SimulatedMachine.EDU_ADDRESS;
  static final String SOCKET = "/run/holdfast/holder.sock";
  static final int PAGE = 4096;

  @TempDir Path folder;
  SimulatedKernel kernel;
  Holder holder;
  private SimulatedProcess holderProcess;
  private Thread worker;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void boot() {
    kernel = SimulatedKernel.create(folder.resolve("machine"), machine());
    startHolder(1000);
  }

  /** The machine that is booted. */
  SimulatedMachine machine() {
    return SimulatedMachine.standard();
  }

  @AfterEach
  void switchOff() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
    open.clear();
    stopHolder();
    kernel.close();
  }

  final void startHolder(int maxDescriptors) {
    holderProcess = kernel.process();
    holder = Holder.start(holderProcess, new HolderOptions(SOCKET, maxDescriptors));
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

  /** Kills the holder, unless a kexec has done that. */
  final void stopHolder() throws InterruptedException {
    holder.stop();
    holderProcess.close();
    worker.join();
  }

  /** A memfd of a driver's own that can be preserved. */
  static int memfd(SimulatedHost host, String name, long bytes) {
    int fd = host.syscalls().memfd_create(name, MemfdUapi.MFD_EXEC);
    host.syscalls().ftruncate(fd, bytes);
    return fd;
  }

  /** A new process, which is the driver's. */
  final SimulatedHost process() {
    SimulatedHost host = SimulatedHost.on(kernel);
    open.add(host);
    return host;
  }

  static SessionOptions options() {
    return SessionOptions.defaults()
        .withEnvironment(Map.of())
        .withStore(StoreOptions.automatic().withHolder(SOCKET));
  }

  final LiveSession session(SimulatedHost host) {
    return session(host, options());
  }

  final LiveSession session(SimulatedHost host, SessionOptions options) {
    LiveSession session = LiveSession.openOrRestore(host, "nic0", folder.resolve("state"), options);
    open.add(session);
    return session;
  }

  /** What the holder keeps of the session, by name, as another process sees and changes it. */
  final class Keeper implements AutoCloseable {
    final SimulatedProcess process = kernel.process();
    private final DescriptorStore store = DescriptorStores.open(process, "nic0", options().store());
    final Map<String, Integer> kept = new LinkedHashMap<>();

    Keeper() {
      for (StoredDescriptor each : store.offered()) {
        store.adopt(each);
        kept.put(each.name(), each.fd());
      }
      store.acknowledge();
    }

    Keeper replace(String name, int fd) {
      store.remove(name);
      return put(name, fd);
    }

    Keeper put(String name, int fd) {
      store.put(name, fd);
      return this;
    }

    Keeper remove(String name) {
      store.remove(name);
      return this;
    }

    /** Lets go of the session, as a process that ends does, but keeps what it has adopted. */
    @Override
    public void close() {
      store.close();
    }
  }

  /** The kernel is replaced; another holder has the live update session, kept by this name. */
  final void kexecIntoAnotherHolder(String name) throws InterruptedException {
    kernel.kexec(KexecMode.FILE);
    stopHolder();
    startHolder(1000);
    try (Keeper keeper = new Keeper();
        LiveUpdate liveUpdate = LiveUpdate.open(keeper.process)) {
      LuoSession luo = liveUpdate.retrieve("nic0").orElseThrow();
      keeper.put(name, luo.acquire());
      luo.release();
    }
  }

  static void fill(DmaBuffer buffer, long salt) {
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += 8) {
      memory.set(ValueLayout.JAVA_LONG, offset, offset * 31 + salt);
    }
  }

  static void checkFill(DmaBuffer buffer, long salt) {
    MemorySegment memory = buffer.segment();
    for (long offset = 0; offset < memory.byteSize(); offset += 8) {
      assertThat(memory.get(ValueLayout.JAVA_LONG, offset))
          .as("%s at %d", buffer.name(), offset)
          .isEqualTo(offset * 31 + salt);
    }
  }

  /** Has the edu device copy a page from one buffer to another by physical address. */
  static void copyByDma(VfioDevice device, DmaBuffer from, DmaBuffer to) {
    DeviceRegion registers = device.region(0);
    transfer(registers, from.physicalAddress(0), 0x40000, 1);
    transfer(registers, 0x40000, to.physicalAddress(0), 3);
  }

  private static void transfer(DeviceRegion registers, long source, long target, long command) {
    registers.put64(0x80, source);
    registers.put64(0x88, target);
    registers.put64(0x90, PAGE);
    registers.put64(0x98, command);
  }
}
