package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.holdfast.cli.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schema that the tool ships of its documents, held against what it prints: stricter than for a
 * reader, who has to expect fields that a later version adds. Thread-safe.
 */
final class OutputSchema {
  private static final String SUFFIX = "Document";
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final Map<String, Schema> DOCUMENTS = documents();

  private OutputSchema() {}

  /** The schema as it is shipped. */
  static JsonNode shipped() {
    try (InputStream resource = Main.class.getResourceAsStream("schema.json")) {
      return MAPPER.readTree(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Each kind of document by its name, without fields that the schema does not have. */
  private static Map<String, Schema> documents() {
    JsonNode definitions = closed(shipped()).get("$defs");
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    Map<String, Schema> documents = new LinkedHashMap<>();
    for (String name : definitions.propertyNames()) {
      if (name.endsWith(SUFFIX)) {
        ObjectNode one = MAPPER.createObjectNode();
        one.put("$ref", "#/$defs/" + name);
        one.set("$defs", definitions);
        documents.put(
            name.substring(0, name.length() - SUFFIX.length()),
            registry.getSchema(one.toString(), InputFormat.JSON));
      }
    }
    return documents;
  }

  private static JsonNode closed(JsonNode node) {
    node.forEach(OutputSchema::closed);
    if (node instanceof ObjectNode object
        && object.has("properties")
        && object.path("type").asString("").equals("object")
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    return node;
  }

  /** Checks that a document is of exactly one kind, and returns which. */
  static String check(String what, String json) {
    List<String> kinds = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    for (Map.Entry<String, Schema> each : DOCUMENTS.entrySet()) {
      List<Error> found =
          each.getValue()
              .validate(
                  json,
                  InputFormat.JSON,
                  context ->
                      context.executionConfig(config -> config.formatAssertionsEnabled(true)));
      if (found.isEmpty()) {
        kinds.add(each.getKey());
      }
      found.stream().limit(5).forEach(error -> errors.add(each.getKey() + ": " + error));
    }
    assertThat(kinds).as("%s%nis of no kind or several: %s%n%s", what, json, errors).hasSize(1);
    return kinds.getFirst();
  }

  /** The names of all kinds. */
  static Set<String> kinds() {
    return new TreeSet<>(DOCUMENTS.keySet());
  }
}
