package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.model.DeviceUnavailableException;
import io.holdfast.model.KernelException;
import io.holdfast.model.PciAddress;
import io.holdfast.session.ResetFunction;
import io.holdfast.sim.ResettableDevice;
import io.holdfast.sim.SimulatedMachine;
import org.junit.jupiter.api.Test;

/** A device is reset with its whole slot, or the function that prevents it is named. */
class HotResetTest extends SessionFixture {
  private static final PciAddress FIRST = PciAddress.parse("0000:01:00.0");
  private static final PciAddress SECOND = PciAddress.parse("0000:01:00.1");

  @Override
  SimulatedMachine machine() {
    return SimulatedMachine.standard()
        .withDevice(FIRST, ResettableDevice.class)
        .withDevice(SECOND, ResettableDevice.class);
  }

  @Test
  void theSlotIsResetIfTheSessionHasAllOfIt() {
    LiveSession session = session();
    Ioas rings = session.ioas("rings");
    VfioDevice device = session.bind(FIRST, rings);
    session.bind(SECOND, rings);
    assertThat(device.hotResetFunctions())
        .containsExactly(
            new ResetFunction(FIRST, true, "this session"),
            new ResetFunction(SECOND, true, "this session"));
    device.hotReset();
  }

  @Test
  void aFunctionThatNobodyHasIsNamed() {
    LiveSession session = session();
    VfioDevice device = session.bind(FIRST, session.ioas("rings"));
    assertThat(device.hotResetFunctions().get(1))
        .isEqualTo(new ResetFunction(SECOND, false, "nobody"));
    assertThatThrownBy(device::hotReset)
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("function 0000:01:00.1")
        .hasMessageContaining("(it belongs to nobody)");
  }

  @Test
  void aFunctionOfAnotherSessionIsNamedWithIt() {
    SyscallsHost host = new SyscallsHost(kernel.process(), Disk.local(), "this process");
    VfioDevice device = bind(host, "nic0", FIRST);
    bind(host, "nic1", SECOND);
    assertThatThrownBy(device::hotReset)
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("belongs to another session of this process");
  }

  @Test
  void aFunctionOfAnotherProcessIsNamedThoughTheProcessCannotBeSeen() {
    VfioDevice device =
        bind(new SyscallsHost(kernel.process(), Disk.local(), "this process"), "nic0", FIRST);
    bind(new SyscallsHost(kernel.process(), Disk.local(), "another process"), "nic1", SECOND);
    // A simulated process sees itself only below /proc.
    assertThatThrownBy(device::hotReset)
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("belongs to a process that cannot be seen");
  }

  private VfioDevice bind(Host host, String name, PciAddress address) {
    LiveSession session = LiveSession.openOrRestore(host, name, folder.resolve("state"));
    open.add(session);
    return session.bind(address, session.ioas("rings"));
  }

  @Test
  void aDeviceWithoutSuchAResetSaysSo() {
    LiveSession session = session();
    VfioDevice device = session.bind(EDU, session.ioas("rings"));
    assertThatThrownBy(device::hotResetFunctions)
        .isInstanceOf(KernelException.class)
        .hasMessageContaining("ENODEV")
        .hasMessageContaining("reset()");
  }
}
