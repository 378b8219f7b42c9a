package io.holdfast.model;

import java.util.List;

/**
 * One I/O address space (IOAS) and its mappings.
 *
 * <p>Immutable and thread-safe. Constructing one with a missing or impossible value is answered
 * with {@link IllegalArgumentException}.
 *
 * @param name its name, unique within the session; by {@link Names#check}
 * @param allowedIovas the windows that the kernel chooses IOVAs from; none for all
 * @param mappings in the order they were made; names unique, ranges apart from each other
 * @param extensions fields of a newer minor format
 */
public record IoasState(
    String name,
    List<IovaWindow> allowedIovas,
    List<MappingState> mappings,
    Extensions extensions) {
  public IoasState {
    Names.check("the name of an IOAS", name);
    Checks.notNull("the extensions of an IOAS", extensions);
    allowedIovas = List.copyOf(allowedIovas);
    mappings = List.copyOf(mappings);
  }

  /** An IOAS of which the kernel may choose any IOVA. */
  public IoasState(String name, List<MappingState> mappings, Extensions extensions) {
    this(name, List.of(), mappings, extensions);
  }

  /** The same, without unknown fields. */
  public IoasState(String name, List<MappingState> mappings) {
    this(name, mappings, Extensions.NONE);
  }
}
