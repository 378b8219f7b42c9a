package io.holdfast.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Fields of a newer minor format that this version does not know, kept so that writing the record again loses nothing.
 *
 * <p>Values are what a JSON-like tree is made of: {@code null}, Boolean, Number, String, byte[], List and Map. Immutable
 * and thread-safe as long as nobody changes the values inside.
 *
 * @param fields field name to value, in the order they were read
 */
public record Extensions(Map<String, Object> fields) {
  /** No unknown fields: what every record made by this version carries. */
  public static final Extensions NONE = new Extensions(Map.of());

  public Extensions {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }
}
