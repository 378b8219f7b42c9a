package io.holdfast.sim.differential;

import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a running program has: descriptors, object ids, mappings and IOVAs, by slot. */
final class Slots {
  /** An id no iommufd gives out. */
  private static final long NO_OBJECT = 0x7fff_0000L;

  /** Where the link of a device leads that a group has opened. */
  private static final String GROUPS_DEVICE = "anon_inode:[vfio-device]";

  private final Syscalls kernel;
  private static final Map<Character, Long> EMPTY =
      Map.of('f', -1L, 'o', NO_OBJECT, 'v', 0L, 'i', 0L);

  private final Map<Character, TreeMap<Integer, Long>> values =
      Map.of(
          'f', new TreeMap<>(), 'o', new TreeMap<>(), 'v', new TreeMap<>(), 'i', new TreeMap<>());
  private final Map<Integer, Long> mapped = new HashMap<>();

  Slots(Syscalls kernel) {
    this.kernel = kernel;
  }

  private long value(char kind, int slot) {
    return values.get(kind).getOrDefault(slot, EMPTY.get(kind));
  }

  long get(Operand operand) {
    return operand.isNumber()
        ? operand.number()
        : value(operand.kind(), operand.slot()) + operand.number();
  }

  /** Fills a slot; a descriptor that was in it is closed. */
  void put(Operand target, long value) {
    if (target == null) {
      return; // an id or an IOVA that nobody asks for
    }
    int slot = target.slot();
    if (target.kind() == 'f' && value('f', slot) != value) {
      close(slot);
    }
    if (target.kind() == 'v') {
      unmap(slot);
    }
    values.get(target.kind()).put(slot, value);
  }

  /** The call closed this descriptor. */
  void forget(Operand operand) {
    if (!operand.isNumber()) {
      values.get(operand.kind()).remove(operand.slot());
    }
  }

  void mapped(Operand target, long address, long bytes) {
    put(target, address);
    mapped.put(target.slot(), bytes);
  }

  /** Unmaps what is mapped in a slot; answers as munmap does. */
  int unmap(int slot) {
    Long bytes = mapped.remove(slot);
    Long address = values.get('v').remove(slot);
    return bytes == null ? 0 : kernel.munmap(address, bytes);
  }

  /** Closes the devices that have one opener, and so would be in another program's way. */
  void closeDevices() {
    for (int slot : List.copyOf(values.get('f').keySet())) {
      List<String> target = new ArrayList<>();
      kernel.readLink("/proc/self/fd/" + value('f', slot), target);
      boolean isDevice =
          !target.isEmpty()
              && (target.getFirst().startsWith("/dev/") || target.getFirst().equals(GROUPS_DEVICE));
      if (isDevice) {
        close(slot);
      }
    }
  }

  private void close(int slot) {
    Long descriptor = values.get('f').remove(slot);
    if (descriptor != null) {
      kernel.close(descriptor.intValue());
    }
  }

  /** Closes and unmaps everything, and forgets ids and IOVAs. */
  void closeAll() {
    List.copyOf(mapped.keySet()).forEach(this::unmap);
    List.copyOf(values.get('f').descendingKeySet()).forEach(this::close);
    values.values().forEach(Map::clear);
  }
}
