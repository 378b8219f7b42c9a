package io.holdfast.lives;

import io.holdfast.model.ExtentList;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.session.MapOptions;
import io.holdfast.sim.SimulatedMachine;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a driver's session has to hold, kept from what was asked of the library and acknowledged,
 * never from what the library says of itself. Not thread-safe.
 */
final class Model {
  /** The bytes of a memfd, or of one buffer of the session's own memory. */
  static final class Content {
    final String name;
    final byte[] bytes;

    Content(String name, int sizeBytes) {
      this.name = name;
      this.bytes = new byte[sizeBytes];
    }
  }

  /** A buffer that was acknowledged. */
  static final class Buffer {
    final String ioas;
    final String name;
    final Content content;
    final int offset;
    final int lengthBytes;
    final boolean deviceMayWrite;
    final Policy policy;

    /** Its memory, if it is the process's own. */
    final MemorySegment anonymous;

    long iova;
    ExtentList extents;

    /** The process whose memory it is has ended: it is mapped, and out of reach. */
    boolean orphaned;

    /** Whether it has to be in one piece: some of those of the session's own memory. */
    boolean isContiguous() {
      return content.name == null && anonymous == null && name.hashCode() % 3 == 0;
    }

    /** How it was asked for, but for its IOVA. */
    MapOptions options() {
      MapOptions options = MapOptions.defaults();
      if (isContiguous()) {
        options = options.contiguous();
      }
      if (!deviceMayWrite) {
        options = options.readOnlyForDevice();
      }
      return policy == Policy.OPTIONAL ? options.optional() : options;
    }

    Buffer(
        String ioas,
        String name,
        Content content,
        int offset,
        int lengthBytes,
        boolean deviceMayWrite,
        Policy policy,
        MemorySegment anonymous) {
      this.ioas = ioas;
      this.name = name;
      this.content = content;
      this.offset = offset;
      this.lengthBytes = lengthBytes;
      this.deviceMayWrite = deviceMayWrite;
      this.policy = policy;
      this.anonymous = anonymous;
    }

    String key() {
      return key(ioas, name);
    }

    static String key(String ioas, String name) {
      return ioas + "/" + name;
    }

    @Override
    public String toString() {
      return "%s (%d pages%s%s)"
          .formatted(
              key(),
              lengthBytes / Life.PAGE_BYTES,
              policy == Policy.OPTIONAL ? ", optional" : "",
              anonymous != null ? ", transient" : "");
    }
  }

  /** A device that was acknowledged. */
  record Device(PciAddress address, String ioas, Policy policy, Class<?> kind) {
    /** Whether a machine has it where it was. */
    boolean isAt(SimulatedMachine machine) {
      return kind.equals(machine.devices().get(address));
    }
  }

  final Set<String> ioases = new LinkedHashSet<>();
  final Map<String, Buffer> buffers = new LinkedHashMap<>();
  final Map<String, Content> files = new LinkedHashMap<>();
  final Map<PciAddress, Device> devices = new LinkedHashMap<>();
  final Set<PciAddress> busMasters = new HashSet<>();

  /** Devices that may be bus masters or not, since an operation broke off. */
  final Set<PciAddress> perhapsBusMasters = new HashSet<>();

  /**
   * What was given back, or stays, though that could not be recorded, which was told: the journal
   * has it wrong until the next change is recorded.
   */
  final Set<String> unrecorded = new HashSet<>();

  long generation;
  boolean sealed;

  /** The bytes that a checksum was sealed of. */
  private final IdentityHashMap<Content, byte[]> sealedBytes = new IdentityHashMap<>();

  /** Whether there is nothing in it that could be resumed. */
  boolean isEmpty() {
    return ioases.isEmpty() && devices.isEmpty() && files.isEmpty();
  }

  boolean isAttached(String ioas) {
    return devices.values().stream().anyMatch(device -> device.ioas().equals(ioas));
  }

  /** Whether a device is the only one of its IOAS. */
  boolean isAttachedOnly(PciAddress address) {
    String ioas = devices.get(address).ioas();
    return devices.values().stream().filter(device -> device.ioas().equals(ioas)).count() == 1;
  }

  List<Buffer> buffersOf(String ioas) {
    return buffers.values().stream().filter(buffer -> buffer.ioas.equals(ioas)).toList();
  }

  /** Buffers that can be reached by a device now. */
  List<Buffer> pinned() {
    return buffers.values().stream().filter(buffer -> isAttached(buffer.ioas)).toList();
  }

  /** The kernel has it now; with checksums, its bytes may not change any more. */
  void seal(boolean checksums) {
    sealed = true;
    sealedBytes.clear();
    if (checksums) {
      buffers.values().stream()
          .filter(buffer -> buffer.anonymous == null)
          .forEach(buffer -> sealedBytes.put(buffer.content, buffer.content.bytes.clone()));
    }
  }

  /** The buffers whose bytes are not those a checksum was sealed of. */
  List<Buffer> differingFromChecksum() {
    return buffers.values().stream()
        .filter(buffer -> sealedBytes.containsKey(buffer.content))
        .filter(buffer -> !Arrays.equals(buffer.content.bytes, sealedBytes.get(buffer.content)))
        .toList();
  }

  /** What the next kernel has of it: everything but the process's own memory. */
  Model carried() {
    buffers.values().removeIf(buffer -> buffer.anonymous != null);
    sealed = false;
    stopped();
    return this;
  }

  /** No device is a bus master. */
  void stopped() {
    busMasters.clear();
    perhapsBusMasters.clear();
  }

  /** Whether a device can write memory. */
  boolean hasBusMaster() {
    return devices.keySet().stream()
        .anyMatch(each -> busMasters.contains(each) && !perhapsBusMasters.contains(each));
  }

  boolean perhapsHasBusMaster() {
    return devices.keySet().stream().anyMatch(perhapsBusMasters::contains);
  }

  /** A device is a bus master now, or is none. */
  void busMaster(PciAddress address, boolean on) {
    perhapsBusMasters.remove(address);
    if (on) {
      busMasters.add(address);
    } else {
      busMasters.remove(address);
    }
  }

  /** The process has ended: its own memory is out of reach. */
  void orphan() {
    buffers.values().stream()
        .filter(buffer -> buffer.anonymous != null)
        .forEach(buffer -> buffer.orphaned = true);
  }

  /** The memory of processes that have ended is mapped no more. */
  void loseOrphans() {
    buffers.values().removeIf(buffer -> buffer.orphaned);
  }

  /** The buffers that the process can read and write. */
  List<Buffer> within(Collection<Buffer> some) {
    return some.stream().filter(buffer -> !buffer.orphaned).toList();
  }

  /** Drops what a restore was allowed to leave out. */
  void drop(List<Buffer> lost) {
    new ArrayList<>(lost).forEach(buffer -> buffers.remove(buffer.key()));
  }
}
