package io.holdfast.serializer;

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
  RecordFields(RecordReader in, Schema schema) throws IOException {
    this.in = in;
    this.schema = schema;
    in.beginRecord();
  }

  /** Goes to the next known field; false at the end of the record. */
  boolean next() throws IOException {
    field = in.nextField(schema, this);
    if (field == Schema.UNKNOWN) {
      return false;
    }
    if ((seen & (1 << field)) != 0) {
      throw in.corrupt("the field is there twice");
    }
    seen |= 1 << field;
    return true;
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
    in.endRecord();
  }

  /** The fields that are not in the schema. */
  Extensions extensions() {
    return unknown == null ? Extensions.NONE : new Extensions(unknown);
  }

  /** Keeps a field that is not in the schema. */
  void keep(String name, Object value) {
    if (unknown == null) {
      unknown = new LinkedHashMap<>(4);
    }
    if (unknown.containsKey(name)) {
      throw in.corrupt("the field is there twice");
    }
    unknown.put(name, value);
  }

  /** Keeps all fields that are not in the schema, which stand in one place. */
  void keepAll(Map<?, ?> fields) {
    if (unknown != null) {
      throw in.corrupt("the field is there twice");
    }
    unknown = LinkedHashMap.newLinkedHashMap(fields.size());
    for (Map.Entry<?, ?> entry : fields.entrySet()) {
      String key = (String) entry.getKey();
      if (schema.indexOf(key, false) != Schema.UNKNOWN) {
        throw in.corrupt("\"" + key + "\" is the short name of a known field");
      }
      unknown.put(key, entry.getValue());
    }
  }
}
