package io.holdfast.model;

import java.util.List;

/**
 * One I/O address space (IOAS) and its mappings.
 *
 * <p>Immutable and thread-safe. Constructing one with a missing or impossible value is answered
 * with {@link IllegalArgumentException}.
 *
 * @param name its name, unique within the session; by {@link Names#check}
 * @param mappings in the order they were made; names unique, ranges apart from each other
 * @param extensions fields of a newer minor format
 */
public record IoasState(String name, List<MappingState> mappings, Extensions extensions) {
  public IoasState {
    Names.check("the name of an IOAS", name);
    Checks.notNull("the extensions of an IOAS", extensions);
    mappings = List.copyOf(mappings);
  }

  /** An IOAS without unknown fields. */
  public IoasState(String name, List<MappingState> mappings) {
    this(name, mappings, Extensions.NONE);
  }
}
