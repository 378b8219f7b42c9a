package io.holdfast.sim.differential;

import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a running program has: descriptors, object ids, mappings and IOVAs, by slot. */
final class Slots {
  /** An id no iommufd gives out. */
  private static final long NO_OBJECT = 0x7fff_0000L;

  private final Syscalls kernel;
  private final Map<Character, long[]> values = new HashMap<>();
  private final long[] mapped = new long[Operand.SLOTS];

  Slots(Syscalls kernel) {
    this.kernel = kernel;
    for (char kind : new char[] {'f', 'o', 'v', 'i'}) {
      values.put(kind, new long[Operand.SLOTS]);
    }
    Arrays.fill(values.get('f'), -1);
    Arrays.fill(values.get('o'), NO_OBJECT);
  }

  long get(Operand operand) {
    return operand.isNumber()
        ? operand.number()
        : values.get(operand.kind())[operand.slot()] + operand.number();
  }

  /** Fills a slot; a descriptor that was in it is closed. */
  void put(Operand target, long value) {
    if (target == null) {
      return; // an id or an IOVA that nobody asks for
    }
    long[] slots = values.get(target.kind());
    if (target.kind() == 'f' && slots[target.slot()] >= 0 && slots[target.slot()] != value) {
      kernel.close((int) slots[target.slot()]);
    }
    if (target.kind() == 'v') {
      unmap(target.slot());
    }
    slots[target.slot()] = value;
  }

  /** The call closed this descriptor. */
  void forget(Operand operand) {
    if (!operand.isNumber()) {
      values.get(operand.kind())[operand.slot()] = -1;
    }
  }

  void mapped(Operand target, long address, long bytes) {
    put(target, address);
    mapped[target.slot()] = bytes;
  }

  long mappedBytes(int slot) {
    return mapped[slot];
  }

  /** Unmaps what is mapped in a slot; answers as munmap does. */
  int unmap(int slot) {
    long[] addresses = values.get('v');
    int answer = mapped[slot] == 0 ? 0 : kernel.munmap(addresses[slot], mapped[slot]);
    mapped[slot] = 0;
    addresses[slot] = 0;
    return answer;
  }

  /** Closes the devices that have one opener, and so would be in another program's way. */
  void closeDevices() {
    for (int slot = 0; slot < Operand.SLOTS; slot++) {
      List<String> target = new ArrayList<>();
      kernel.readLink("/proc/self/fd/" + values.get('f')[slot], target);
      if (!target.isEmpty() && target.getFirst().startsWith("/dev/")) {
        close(slot);
      }
    }
  }

  private void close(int slot) {
    long[] descriptors = values.get('f');
    if (descriptors[slot] >= 0) {
      kernel.close((int) descriptors[slot]);
      descriptors[slot] = -1;
    }
  }

  /** Closes and unmaps everything, and forgets ids and IOVAs. */
  void closeAll() {
    for (int slot = 0; slot < Operand.SLOTS; slot++) {
      unmap(slot);
    }
    for (int slot = Operand.SLOTS - 1; slot >= 0; slot--) {
      close(slot);
    }
    Arrays.fill(values.get('o'), NO_OBJECT);
    Arrays.fill(values.get('i'), 0);
  }
}
