package io.holdfast.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** What every document of {@code --json} begins with; {@code schema.json} describes all of it. */
final class Schema {
  /**
   * The version of the documents: fields may be added to it; one that is removed or changes its
   * meaning makes the next.
   */
  static final String NAME = "holdfast-output/1";

  private Schema() {}

  /** A verb's document: which schema it follows, which verb printed it, and its fields. */
  static Map<String, Object> document(String verb, Map<String, ?> fields) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", NAME);
    document.put("verb", verb);
    document.putAll(fields);
    return document;
  }
}
