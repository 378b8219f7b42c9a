package io.holdfast.sim;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One boot of a machine, as the file {@code boot}: what stays while processes come and go.
 *
 * @param generation 1 for the first boot
 * @param noiommuMode vfio's parameter
 * @param nextVfioIndex N of the next {@code noiommu-vfioN}
 * @param nextCommandLine the command line of the kexec image that is loaded, if one is
 * @param drivers what is bound to the devices, by their slot
 * @param foreign frames that other programs have
 */
record BootFile(
    long generation,
    UUID bootId,
    boolean noiommuMode,
    int nextVfioIndex,
    Optional<String> nextCommandLine,
    Map<String, Driver> drivers,
    BitSet foreign) {
  private static final int MOST = 1 << 22;

  /**
   * A device's driver (empty without), its driver_override (likewise) and its index in VFIO (-1
   * without).
   */
  record Driver(String name, String override, int vfioIndex) {}

  void encode(DataOutputStream out) throws IOException {
    out.writeLong(generation);
    out.writeLong(bootId.getMostSignificantBits());
    out.writeLong(bootId.getLeastSignificantBits());
    out.writeBoolean(noiommuMode);
    out.writeInt(nextVfioIndex);
    out.writeBoolean(nextCommandLine.isPresent());
    out.writeUTF(nextCommandLine.orElse(""));
    out.writeInt(drivers.size());
    for (var each : drivers.entrySet()) {
      out.writeUTF(each.getKey());
      out.writeUTF(each.getValue().name());
      out.writeUTF(each.getValue().override());
      out.writeInt(each.getValue().vfioIndex());
    }
    long[] words = foreign.toLongArray();
    out.writeInt(words.length);
    for (long word : words) {
      out.writeLong(word);
    }
  }

  static BootFile decode(DataInputStream in) throws IOException {
    long generation = in.readLong();
    UUID bootId = new UUID(in.readLong(), in.readLong());
    boolean noiommuMode = in.readBoolean();
    int nextVfioIndex = in.readInt();
    boolean imageLoaded = in.readBoolean();
    String commandLine = in.readUTF();
    Map<String, Driver> drivers = new TreeMap<>();
    for (int left = count(in); left > 0; left--) {
      drivers.put(in.readUTF(), new Driver(in.readUTF(), in.readUTF(), in.readInt()));
    }
    long[] words = new long[count(in)];
    for (int i = 0; i < words.length; i++) {
      words[i] = in.readLong();
    }
    return new BootFile(
        generation,
        bootId,
        noiommuMode,
        nextVfioIndex,
        imageLoaded ? Optional.of(commandLine) : Optional.empty(),
        drivers,
        BitSet.valueOf(words));
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MOST) {
      throw new IOException("a list of " + count + " entries");
    }
    return count;
  }
}
