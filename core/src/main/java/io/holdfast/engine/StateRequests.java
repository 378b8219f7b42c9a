package io.holdfast.engine;

import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.sys.Undo;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds a driver's saved state by its name, or has it made.
 *
 * <p>Guarded by the session's lock.
 */
final class StateRequests {
  /** A state is saved whole each time, and read by whoever comes next. */
  private static final int MAX_BYTES = 1 << 20;

  private final LiveObjects live;
  private final BufferFactory factory;
  private final BufferRequests requests;
  private final long pageBytes;

  /** Those that have been asked for in this process: each begins a life once. */
  private final Map<String, StateFile> states = new HashMap<>();

  StateRequests(LiveObjects live, BufferFactory factory, BufferRequests requests, long pageBytes) {
    this.live = live;
    this.factory = factory;
    this.requests = requests;
    this.pageBytes = pageBytes;
  }

  /** The state of this name, if it is there. */
  Optional<StateFile> find(String name, int capacityBytes) {
    if (capacityBytes < 1 || capacityBytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "state \"%s\" has room for 1 to %d bytes, not for %d"
              .formatted(name, MAX_BYTES, capacityBytes));
    }
    StateFile known = states.get(name);
    if (known != null) {
      known.requireCapacity(capacityBytes);
      return Optional.of(known);
    }
    return requests.findFile(name).map(file -> remember(new StateFile(file, capacityBytes)));
  }

  /** A new one: nothing is saved in it yet. */
  StateFile make(String name, int capacityBytes) {
    try (Undo undo = new Undo()) {
      long size = StateFile.fileBytes(capacityBytes, pageBytes);
      Memfd memfd = undo.closes(Memfd.createSealed(live.syscalls, name, size));
      MappedMemory memory = undo.closes(memfd.map(0, size));
      StateFile.initialise(memory.segment(), capacityBytes);
      LiveFile file = factory.adopt(name, memfd).mapped(memory);
      undo.forget();
      return remember(new StateFile(file, capacityBytes));
    }
  }

  private StateFile remember(StateFile state) {
    states.put(state.name(), state);
    return state;
  }
}
