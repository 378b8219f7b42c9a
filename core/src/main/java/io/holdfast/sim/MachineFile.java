package io.holdfast.sim;

import io.holdfast.model.PciAddress;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

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
    out.writeInt(machine.bypassing().size());
    for (PciAddress address : new TreeSet<>(machine.bypassing())) {
      out.writeUTF(address.toString());
    }
    out.writeInt(machine.memfdNoexec());
    out.writeInt(machine.numaNodes());
    out.writeBoolean(machine.vfioCdevs());
    out.writeInt(machine.virtualFunctions().size());
    for (var each : new TreeMap<>(machine.virtualFunctions()).entrySet()) {
      out.writeUTF(each.getKey().toString());
      out.writeUTF(each.getValue().toString());
    }
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
            addresses(in),
            in.readInt(),
            in.readInt(),
            in.readBoolean(),
            pairs(in));
    int count = count(in);
    for (int i = 0; i < count; i++) {
      machine = machine.withDevice(PciAddress.parse(in.readUTF()), model(in.readUTF()));
    }
    return machine;
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MOST_DEVICES) {
      throw new IOException("a machine with " + count + " devices");
    }
    return count;
  }

  private static Set<PciAddress> addresses(DataInputStream in) throws IOException {
    Set<PciAddress> addresses = new TreeSet<>();
    for (int left = count(in); left > 0; left--) {
      addresses.add(PciAddress.parse(in.readUTF()));
    }
    return addresses;
  }

  private static Map<PciAddress, PciAddress> pairs(DataInputStream in) throws IOException {
    Map<PciAddress, PciAddress> pairs = new TreeMap<>();
    for (int left = count(in); left > 0; left--) {
      pairs.put(PciAddress.parse(in.readUTF()), PciAddress.parse(in.readUTF()));
    }
    return pairs;
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
