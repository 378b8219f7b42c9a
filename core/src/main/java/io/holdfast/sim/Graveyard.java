package io.holdfast.sim;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Mappings of dead processes: kept readable until the machine is closed, then unmapped. */
final class Graveyard {
  private final List<Arena> arenas = new ArrayList<>();

  void bury(Arena arena) {
    arenas.add(arena);
  }

  void clear() {
    arenas.forEach(Arena::close);
    arenas.clear();
  }
}
