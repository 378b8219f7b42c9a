package io.holdfast.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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

  /** The JSON schema of all documents. */
  static String text() throws IOException {
    try (InputStream file = Schema.class.getResourceAsStream("schema.json")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A verb's document: which schema it follows, which verb printed it, and its fields. */
  static Map<String, Object> document(String verb, Map<String, ?> fields) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", NAME);
    document.put("verb", verb);
    document.putAll(fields);
    return document;
  }
}
