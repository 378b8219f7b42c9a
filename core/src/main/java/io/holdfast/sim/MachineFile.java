package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** {@link SimulatedMachine} as the file {@code machine}. */
final class MachineFile {
  private static final int MOST_DEVICES = 4096;

  private MachineFile() {}

  static void encode(SimulatedMachine machine, DataOutputStream out) throws IOException {
    out.writeLong(machine.memoryBytes());
    out.writeLong(machine.seed());
    out.writeInt(machine.singlePagePercent());
    out.writeBoolean(machine.hugePages());
    out.writeUTF(machine.machineId());
    out.writeUTF(machine.kernelRelease());
    out.writeUTF(machine.commandLine());
    out.writeBoolean(machine.iommuPresent());
    out.writeInt(machine.memfdNoexec());
    out.writeInt(machine.devices().size());
    for (var device : new TreeMap<>(machine.devices()).entrySet()) {
      out.writeUTF(device.getKey().toString());
      out.writeUTF(device.getValue().getName());
    }
  }

  static SimulatedMachine decode(DataInputStream in) throws IOException {
    SimulatedMachine machine =
        new SimulatedMachine(
            in.readLong(),
            in.readLong(),
            in.readInt(),
            in.readBoolean(),
            Map.of(),
            in.readUTF(),
            in.readUTF(),
            in.readUTF(),
            in.readBoolean(),
            in.readInt());
    int count = in.readInt();
    if (count < 0 || count > MOST_DEVICES) {
      throw new IOException("a machine with " + count + " devices");
    }
    for (int i = 0; i < count; i++) {
      machine = machine.withDevice(PciAddress.parse(in.readUTF()), model(in.readUTF()));
    }
    return machine;
  }

  private static Class<? extends SimulatedDevice> model(String name) throws IOException {
    try {
      return Class.forName(name, false, loader()).asSubclass(SimulatedDevice.class);
    } catch (ClassNotFoundException | ClassCastException e) {
      throw new IOException("the device model " + name + " is not on the class path", e);
    }
  }

  private static ClassLoader loader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? MachineFile.class.getClassLoader() : context;
  }
}
