package io.holdfast.drivers.nvme;

import io.holdfast.DmaSlice;
import io.holdfast.Ioas;
import io.holdfast.model.PciAddress;
import io.holdfast.session.MapOptions;
import io.holdfast.session.SessionException;

/**
 * The buffers of a controller, by names that hold its address: on a first start new ones, later the
 * restored ones.
 */
final class Rings {
  private static final int ADMIN_ENTRIES = 32;

  /** Of a ring that fits a page, which is contiguous whatever memory looks like. */
  private static final int FEWER_ENTRIES = Commands.PAGE_BYTES / Slots.COMMAND_BYTES;

  private final Ioas ioas;
  private final PciAddress address;

  Rings(Ioas ioas, PciAddress address) {
    this.ioas = ioas;
    this.address = address;
  }

  private String name(String part) {
    return "nvme-" + address + "-" + part;
  }

  StatePages statePages(int queues) {
    return StatePages.of(ioas.buffer(name("state"), StatePages.bytes(queues)), queues);
  }

  /** A page for the answers of admin commands. */
  DmaSlice adminPage() {
    return ioas.buffer(name("admin"), Commands.PAGE_BYTES).slice(0, Commands.PAGE_BYTES);
  }

  /**
   * A queue's rings and lists.
   *
   * @param wanted how many entries, if the rings are not made yet
   */
  QueuePair pair(int id, Registers registers, Slots slots, int wanted) {
    int entries = slots.entries() > 0 ? slots.entries() : id == 0 ? ADMIN_ENTRIES : wanted;
    DmaSlice submissions;
    try {
      submissions = ring("sq-" + id, entries, Slots.COMMAND_BYTES);
    } catch (SessionException fragmented) {
      entries = Math.min(entries, FEWER_ENTRIES);
      submissions = ring("sq-" + id, entries, Slots.COMMAND_BYTES);
    }
    DmaSlice completions = ring("cq-" + id, entries, QueuePair.COMPLETION_BYTES);
    slots.entries(entries);
    long bytes = (long) entries * Commands.LIST_BYTES;
    DmaSlice lists = ioas.buffer(name("lists-" + id), bytes).slice(0, bytes);
    return new QueuePair(id, registers, slots, submissions, completions, lists);
  }

  /** A ring, which the controller knows by one physical address. */
  private DmaSlice ring(String part, int entries, int entryBytes) {
    long bytes = (long) entries * entryBytes;
    return ioas.buffer(name(part + "-" + entries), bytes, MapOptions.defaults().contiguous())
        .slice(0, bytes);
  }
}
