package io.holdfast.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing in which two sessions differ.
 *
 * @param kind {@code session}, {@code file}, {@code ioas}, {@code buffer} or {@code device}
 * @param name which one; empty for the session itself
 * @param field which of its fields; empty where only one of the two has it at all
 * @param before what it was; null where only the second has it
 * @param after what it is; null where only the first has it
 */
record Difference(String kind, String name, String field, String before, String after) {
  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", kind);
    document.put("name", name);
    document.put("field", field);
    document.put("before", before);
    document.put("after", after);
    return document;
  }

  /** What differs, for people. */
  String subject() {
    return (name.isEmpty() ? kind : kind + " " + name) + (field.isEmpty() ? "" : ": " + field);
  }
}
