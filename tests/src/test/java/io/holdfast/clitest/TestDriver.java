package io.holdfast.clitest;

import io.holdfast.DmaBuffer;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.session.PreserveOptions;
import io.holdfast.sim.KexecMode;
import io.holdfast.sim.SimulatedKernel;
import io.holdfast.sim.SimulatedMachine;
import io.holdfast.testing.SimulatedHost;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A driver's process: {@code MACHINE STATE} sets up two buffers, preserves them with checksums,
 * says {@code ready} and keeps the session until it is killed; a third argument {@code spoil} makes
 * it write once more after the seal.
 */
final class TestDriver {
  static final String SESSION = "nic0";

  /** Sent to the driver's input: do a kexec and let the next kernel find the device gone. */
  static final int TAKE_DEVICE_AWAY = 'd';

  private TestDriver() {}

  public static void main(String[] arguments) throws IOException {
    SimulatedHost host = SimulatedHost.open(Path.of(arguments[0]));
    LiveSession session = LiveSession.openOrRestore(host, SESSION, Path.of(arguments[1]));
    Ioas rings = session.ioas("rings");
    session.bind(SimulatedMachine.EDU_ADDRESS, rings);
    DmaBuffer ring = rings.buffer("ring", 64 << 10);
    rings.buffer("pool", 1 << 20);
    ring.segment().fill((byte) 0x5a);
    session.preserve(PreserveOptions.defaults().withChecksums());
    if (arguments.length > 2) {
      ring.segment().set(ValueLayout.JAVA_BYTE, 4711, (byte) 0);
    }
    System.out.println("ready");
    System.out.flush();
    if (System.in.read() == TAKE_DEVICE_AWAY) {
      SimulatedKernel kernel = host.kernel();
      kernel.kexec(KexecMode.FILE, kernel.machine().withoutDevice(SimulatedMachine.EDU_ADDRESS));
    }
  }
}
