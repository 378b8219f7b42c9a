package io.holdfast.engine;

import io.holdfast.model.Extensions;
import io.holdfast.model.IoasState;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * An I/O address space that exists now: the engine's half of the public {@code Ioas}. Guarded by
 * the session's lock, but for its name.
 */
public final class LiveIoas {
  final String name;
  final int id;
  final Map<String, LiveMapping> mappings = new LinkedHashMap<>();
  final Set<LiveDevice> devices = new LinkedHashSet<>();

  private Extensions extensions;

  LiveIoas(String name, int id, Extensions extensions) {
    this.name = name;
    this.id = id;
    this.extensions = extensions;
  }

  /** Records its id with it from now on. */
  void identify() {
    extensions = KernelIds.ofIoas(extensions, id);
  }

  /** What is recorded beside its name. */
  Extensions extensions() {
    return extensions;
  }

  /** Its name within the session. */
  public String name() {
    return name;
  }

  IoasState state() {
    return new IoasState(
        name, mappings.values().stream().map(LiveMapping::state).toList(), extensions);
  }
}
