package io.holdfast.engine;

import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.model.Extensions;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.session.IoasOptions;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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

  private final IoasOptions options;
  private Extensions extensions;

  LiveIoas(String name, int id, IoasOptions options, Extensions extensions) {
    this.name = name;
    this.id = id;
    this.options = options;
    this.extensions = extensions;
  }

  /** Records its id with it from now on. */
  void identify() {
    extensions = KernelIds.ofIoas(extensions, id);
  }

  /** What it was made with. */
  public IoasOptions options() {
    return options;
  }

  /** Its name within the session. */
  public String name() {
    return name;
  }

  IoasState state() {
    return new IoasState(
        name,
        options.allowedIovas(),
        mappings.values().stream().map(LiveMapping::state).toList(),
        extensions);
  }

  /** What the journal says of it while nothing is mapped. */
  IoasAdded added() {
    return new IoasAdded(name, options.allowedIovas(), extensions);
  }

  /** It with other mappings, and without what the kernel calls it. */
  IoasState sealed(List<MappingState> preserved) {
    return new IoasState(name, options.allowedIovas(), preserved, Extensions.NONE);
  }
}
