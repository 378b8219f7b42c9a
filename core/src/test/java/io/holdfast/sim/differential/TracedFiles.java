package io.holdfast.sim.differential;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The descriptors and mappings of traced processes, each with the slot of a program it is in. */
final class TracedFiles {
  /** An open file; processes that a fork made share it. */
  static final class Open {
    final int slot;
    final boolean memfd;
    final boolean eventfd;
    long position;
    private int references = 1;

    private Open(int slot, boolean memfd, boolean eventfd) {
      this.slot = slot;
      this.memfd = memfd;
      this.eventfd = eventfd;
    }

    Operand operand() {
      return Operand.slot('f', slot, 0);
    }
  }

  /** Mapped memory; {@code file} is null for anonymous memory. */
  record Mapping(int slot, long address, long bytes, Open file, long offset) {
    Operand operand(long at) {
      return Operand.slot('v', slot, at - address);
    }
  }

  private record Table(Map<Integer, Open> files, TreeMap<Long, Mapping> mappings) {}

  private final Map<Integer, Integer> parents;
  private final Map<Integer, Table> processes = new HashMap<>();
  private final BitSet slots = new BitSet();
  private final BitSet mappingSlots = new BitSet();

  /** {@code parents} tells which process forked a process. */
  TracedFiles(Map<Integer, Integer> parents) {
    this.parents = parents;
  }

  private Table process(int pid) {
    Table known = processes.get(pid);
    if (known != null) {
      return known;
    }
    Table fresh = new Table(new HashMap<>(), new TreeMap<>());
    Integer parent = parents.get(pid);
    if (parent != null && processes.containsKey(parent)) {
      Table before = processes.get(parent);
      before
          .files()
          .forEach((fd, file) -> {
            file.references++;
            fresh.files().put(fd, file);
          });
      fresh.mappings().putAll(before.mappings());
    }
    processes.put(pid, fresh);
    return fresh;
  }

  /** A process that a fork has just made has what its parent has now, whatever either does next. */
  void forked(int child) {
    process(child);
  }

  Open open(int pid, int fd, boolean memfd, boolean eventfd) {
    int slot = slots.nextClearBit(0);
    slots.set(slot);
    Open file = new Open(slot, memfd, eventfd);
    process(pid).files().put(fd, file);
    return file;
  }

  Open get(int pid, int fd) {
    return process(pid).files().get(fd);
  }

  /** Forgets a descriptor; whether it was its file's last. */
  boolean close(int pid, int fd) {
    Open file = process(pid).files().remove(fd);
    file.references--;
    if (file.references == 0) {
      slots.clear(file.slot);
    }
    return file.references == 0;
  }

  /** The descriptors of a process. */
  Iterable<Integer> descriptors(int pid) {
    return List.copyOf(new TreeSet<>(process(pid).files().keySet()));
  }

  Mapping map(int pid, long address, long bytes, Open file, long offset) {
    int slot = mappingSlots.nextClearBit(0);
    mappingSlots.set(slot);
    Mapping mapping = new Mapping(slot, address, bytes, file, offset);
    process(pid).mappings().put(address, mapping);
    return mapping;
  }

  /** The mapping an address is in, or null. */
  Mapping mapping(int pid, long address) {
    var floor = process(pid).mappings().floorEntry(address);
    return floor != null && address < floor.getKey() + floor.getValue().bytes()
        ? floor.getValue()
        : null;
  }

  void unmap(int pid, Mapping mapping) {
    process(pid).mappings().remove(mapping.address());
    mappingSlots.clear(mapping.slot());
  }
}
