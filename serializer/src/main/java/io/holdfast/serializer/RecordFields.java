package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonToken;
import io.holdfast.model.Extensions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Walks the fields of one record: hands out the known ones by number, keeps the others, refuses a
 * field that is there twice. Not thread-safe.
 */
final class RecordFields {
  private final RecordReader in;
  private final Schema schema;
  private Map<String, Object> unknown;
  private int seen;
  private int field;

  /** Begins the record that the reader stands at. */
  RecordFields(RecordReader in, Schema schema) {
    this.in = in;
    this.schema = schema;
    in.beginObject();
  }

  /** Goes to the next known field; false at the end of the record. */
  boolean next() throws IOException {
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      field = schema.indexOf(name, in.isJson());
      if (field != Schema.UNKNOWN) {
        in.at(schema.longName(field));
        if ((seen & (1 << field)) != 0) {
          throw in.corrupt("the field is there twice");
        }
        seen |= 1 << field;
        return true;
      }
      keep(name);
    }
    in.at("");
    return false;
  }

  /** The number of the field it stands at. */
  int field() {
    return field;
  }

  boolean has(int number) {
    return (seen & (1 << number)) != 0;
  }

  /** Refuses the record if one of these fields was not there. */
  void require(int... numbers) {
    for (int number : numbers) {
      if (!has(number)) {
        throw in.corrupt("the field \"" + schema.longName(number) + "\" is missing");
      }
    }
  }

  /** Ends the record. */
  void end() {
    in.pop();
  }

  /** The fields that are not in the schema. */
  Extensions extensions() {
    return unknown == null ? Extensions.NONE : new Extensions(unknown);
  }

  private void keep(String name) throws IOException {
    if (in.isJson()) {
      if (!name.equals(RecordReader.EXTENSIONS)
          || in.parser().currentToken() != JsonToken.START_OBJECT) {
        throw in.corrupt(
            "unknown field; those of newer versions belong in \"" + RecordReader.EXTENSIONS + "\"");
      }
      if (unknown != null) {
        throw in.corrupt("the field is there twice");
      }
      if (!(Trees.read(in) instanceof Map<?, ?> fields)) {
        throw in.corrupt("expected the fields of newer versions");
      }
      unknown = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : fields.entrySet()) {
        String key = (String) entry.getKey();
        if (schema.indexOf(key, false) != Schema.UNKNOWN) {
          throw in.corrupt("\"" + key + "\" is the short name of a known field");
        }
        unknown.put(key, entry.getValue());
      }
      return;
    }
    if (unknown == null) {
      unknown = new LinkedHashMap<>(4);
    }
    Object value = Trees.read(in);
    if (unknown.containsKey(name)) {
      throw in.corrupt("the field is there twice");
    }
    unknown.put(name, value);
  }
}
