package io.holdfast.stress;

import io.holdfast.LiveSession;
import io.holdfast.SyscallsHost;
import io.holdfast.disk.Disk;
import io.holdfast.model.PciAddress;
import io.holdfast.session.SessionOptions;
import io.holdfast.sim.EduDevice;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One simulated machine for a JVM, with a session of several devices that the tests' states take in
 * turn: to make a session for each state would leave no time for the races.
 *
 * <p>More states than devices may be alive, so two may share one. What the tests say holds for a
 * buffer whoever closes it.
 */
final class Machine {
  private static final int SLOTS = 16;
  private static final long MEMORY_BYTES = 16 << 20;

  private static final Machine INSTANCE = start();

  private final List<Slot> slots;
  private final AtomicInteger turn = new AtomicInteger();

  private Machine(List<Slot> slots) {
    this.slots = slots;
  }

  private static Machine start() {
    try {
      Path folder = Files.createTempDirectory("holdfast-stress");
      SimulatedMachine hardware = SimulatedMachine.standard().withMemoryBytes(MEMORY_BYTES);
      List<PciAddress> addresses =
          IntStream.range(0, SLOTS).mapToObj(slot -> new PciAddress(0, 1, slot, 0)).toList();
      for (PciAddress address : addresses) {
        hardware = hardware.withDevice(address, EduDevice.class);
      }
      SimulatedKernel kernel = SimulatedKernel.create(folder.resolve("machine"), hardware);
      LiveSession session =
          LiveSession.openOrRestore(
              new SyscallsHost(new PinCalls(kernel.process()), Disk.local(), "a stressed process"),
              "nic0",
              folder.resolve("state"),
              SessionOptions.defaults().withEnvironment(Map.of()));
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                session.close();
                kernel.close();
                delete(folder);
              }));
      return new Machine(addresses.stream().map(address -> new Slot(session, address)).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next slot, with its device bound and its buffer mapped. */
  static Slot next() {
    int turn = INSTANCE.turn.getAndIncrement() & Integer.MAX_VALUE;
    return INSTANCE.slots.get(turn % SLOTS).prepare();
  }
}
