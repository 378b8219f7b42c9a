package io.holdfast.journal;

import io.holdfast.model.MappingState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Mappings by name, in the order in which the names were added.
 *
 * <p>No operation takes longer the more there are, {@link #toList} aside. They lie in blocks that a
 * {@linkplain #snapshot snapshot} shares and a later change copies first, and the index is in
 * parts, of which each grows by itself. Not thread-safe; a snapshot is.
 */
final class MappingTable {
  private static final int BLOCK = 256;

  private static final int FIRST_BLOCK = 4;

  /** A million mappings are sixteen thousand a part, which grows within a millisecond. */
  private static final int PARTS_BITS = 6;

  private static final class Block {
    MappingState[] values;

    /** How many places have been given out; a removed mapping leaves its own empty. */
    int used;

    int live;

    /** Whether a snapshot has the values. */
    boolean shared;

    Block before;
    Block after;

    Block(int places) {
      values = new MappingState[places];
    }

    MappingState[] own() {
      if (shared) {
        values = values.clone();
        shared = false;
      }
      return values;
    }
  }

  private static final class Place {
    Block block;
    int at;
  }

  /** What was in a table at one moment. Immutable. */
  static final class Snapshot {
    private final List<MappingState[]> blocks;

    private Snapshot(List<MappingState[]> blocks) {
      this.blocks = blocks;
    }

    void forEach(Consumer<MappingState> action) {
      for (MappingState[] block : blocks) {
        for (MappingState mapping : block) {
          if (mapping != null) {
            action.accept(mapping);
          }
        }
      }
    }
  }

  private final List<Map<String, Place>> parts = new ArrayList<>();
  private Block first;
  private Block last;
  private int size;

  private Map<String, Place> part(String name) {
    if (parts.isEmpty()) {
      return addPart();
    }
    // Few mappings need one part only; from then on all of them are there.
    return parts.size() == 1
        ? parts.getFirst()
        : parts.get((name.hashCode() * 0x9e3779b9) >>> (Integer.SIZE - PARTS_BITS));
  }

  private Map<String, Place> addPart() {
    Map<String, Place> part = new HashMap<>();
    parts.add(part);
    return part;
  }

  /** Spreads the one part over all. */
  private void split() {
    Map<String, Place> all = parts.getFirst();
    parts.clear();
    for (int i = 0; i < 1 << PARTS_BITS; i++) {
      addPart();
    }
    all.forEach((name, place) -> part(name).put(name, place));
  }

  /** Adds a mapping, or puts it in the place of the one with its name, which is returned. */
  MappingState put(MappingState mapping) {
    Place added = new Place();
    Place place = part(mapping.name()).putIfAbsent(mapping.name(), added);
    if (place != null) {
      MappingState[] values = place.block.own();
      MappingState before = values[place.at];
      values[place.at] = mapping;
      return before;
    }
    Block block = roomAtTheEnd();
    block.own()[block.used] = mapping;
    added.block = block;
    added.at = block.used;
    block.used++;
    block.live++;
    size++;
    if (size > BLOCK && parts.size() == 1) {
      split();
    }
    return null;
  }

  private Block roomAtTheEnd() {
    if (last == null) {
      first = new Block(FIRST_BLOCK);
      last = first;
    } else if (last.used == BLOCK) {
      Block added = new Block(BLOCK);
      added.before = last;
      last.after = added;
      last = added;
    } else if (last.used == last.values.length) {
      last.values = Arrays.copyOf(last.values, Math.min(BLOCK, 2 * last.values.length));
      last.shared = false;
    }
    return last;
  }

  /** Removes the mapping with this name and returns it; null if there is none. */
  MappingState remove(String name) {
    Place place = part(name).remove(name);
    if (place == null) {
      return null;
    }
    Block block = place.block;
    MappingState[] values = block.own();
    MappingState removed = values[place.at];
    values[place.at] = null;
    block.live--;
    size--;
    if (block.live == 0) {
      unlink(block);
    } else if (!joined(block, block.after)) {
      joined(block.before, block);
    }
    return removed;
  }

  private void unlink(Block block) {
    if (block.before == null) {
      first = block.after;
    } else {
      block.before.after = block.after;
    }
    if (block.after == null) {
      last = block.before;
    } else {
      block.after.before = block.before;
    }
  }

  /** Makes one of two neighbours where together they are half of one, so that none stays empty. */
  private boolean joined(Block one, Block next) {
    if (one == null || next == null || one.live + next.live > BLOCK / 2) {
      return false;
    }
    MappingState[] values = new MappingState[BLOCK];
    int used = 0;
    for (Block block : List.of(one, next)) {
      for (int i = 0; i < block.used; i++) {
        MappingState mapping = block.values[i];
        if (mapping != null) {
          Place place = part(mapping.name()).get(mapping.name());
          place.block = one;
          place.at = used;
          values[used++] = mapping;
        }
      }
    }
    one.values = values;
    one.shared = false;
    one.used = used;
    one.live = used;
    unlink(next);
    return true;
  }

  /** All mappings, in order. */
  List<MappingState> toList() {
    List<MappingState> list = new ArrayList<>(size);
    for (Block block = first; block != null; block = block.after) {
      Arrays.stream(block.values).filter(Objects::nonNull).forEach(list::add);
    }
    return List.copyOf(list);
  }

  /** What is in it now; costs a step for some hundred mappings. */
  Snapshot snapshot() {
    List<MappingState[]> blocks = new ArrayList<>(1 + size / BLOCK);
    for (Block block = first; block != null; block = block.after) {
      block.shared = true;
      blocks.add(block.values);
    }
    return new Snapshot(blocks);
  }
}
