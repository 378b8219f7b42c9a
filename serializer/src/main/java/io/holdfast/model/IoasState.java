package io.holdfast.model;

import java.util.List;

/**
 * One I/O address space (IOAS) and its mappings.
 *
 * @param name its name, unique within the session
 * @param mappings in the order they were made
 * @param extensions fields of a newer minor format
 */
public record IoasState(String name, List<MappingState> mappings, Extensions extensions) {
  public IoasState {
    mappings = List.copyOf(mappings);
  }

  /** An IOAS without unknown fields. */
  public IoasState(String name, List<MappingState> mappings) {
    this(name, mappings, Extensions.NONE);
  }
}
