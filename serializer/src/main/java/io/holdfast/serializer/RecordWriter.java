package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * Writes the records of the model as CBOR for machines or JSON for people; one instance for one
 * document.
 *
 * <p>The two differ in the names of the fields and in how a value is spelled: CBOR has small
 * numbers and binary fields where JSON has words, hexadecimal addresses and lists. Not thread-safe.
 */
final class RecordWriter {
  private final JsonGenerator out;
  private final boolean json;

  RecordWriter(JsonGenerator out, boolean json) {
    this.out = out;
    this.json = json;
  }

  boolean isJson() {
    return json;
  }

  void begin() throws IOException {
    out.writeStartObject();
  }

  /**
   * Ends a record with the fields that this version does not know: beside the others in CBOR, where
   * a newer version looks for them, and in a field of their own in JSON, whose names are not
   * theirs.
   *
   * @throws IllegalArgumentException if one of them has the name of a field that is known
   */
  void end(Schema schema, Extensions extensions) throws IOException {
    if (!extensions.isEmpty()) {
      for (String name : extensions.fields().keySet()) {
        if (schema.indexOf(name, false) != Schema.UNKNOWN) {
          throw new IllegalArgumentException(
              "an extension has the name of a known field: \"" + name + "\"");
        }
      }
      if (json) {
        out.writeFieldName(RecordReader.EXTENSIONS);
        Trees.write(out, extensions.fields(), true);
      } else {
        for (Map.Entry<String, Object> field : extensions.fields().entrySet()) {
          out.writeFieldName(field.getKey());
          Trees.write(out, field.getValue(), false);
        }
      }
    }
    out.writeEndObject();
  }

  void field(Schema schema, int field) throws IOException {
    out.writeFieldName(json ? schema.longName(field) : schema.shortName(field));
  }

  void text(Schema schema, int field, String value) throws IOException {
    field(schema, field);
    out.writeString(value);
  }

  void number(Schema schema, int field, long value) throws IOException {
    field(schema, field);
    out.writeNumber(value);
  }

  void flag(Schema schema, int field, boolean value) throws IOException {
    field(schema, field);
    out.writeBoolean(value);
  }

  /** An unsigned number that people read in hexadecimal; CBOR has it as a signed one of 64 bits. */
  void address(Schema schema, int field, long value) throws IOException {
    field(schema, field);
    if (json) {
      out.writeString("0x" + Long.toHexString(value));
    } else {
      out.writeNumber(value);
    }
  }

  /** One of a few words: its position in CBOR. */
  void choice(Schema schema, int field, String[] words, int position) throws IOException {
    field(schema, field);
    if (json) {
      out.writeString(words[position]);
    } else {
      out.writeNumber(position);
    }
  }

  void uuid(UUID value) throws IOException {
    if (json) {
      out.writeString(value.toString());
    } else {
      out.writeBinary(
          ByteBuffer.allocate(16)
              .putLong(value.getMostSignificantBits())
              .putLong(value.getLeastSignificantBits())
              .array());
    }
  }

  void instant(Schema schema, int field, Instant value) throws IOException {
    field(schema, field);
    if (json) {
      out.writeString(value.toString());
    } else {
      out.writeStartArray();
      out.writeNumber(value.getEpochSecond());
      out.writeNumber(value.getNano());
      out.writeEndArray();
    }
  }

  void extents(Schema schema, int field, ExtentList extents) throws IOException {
    field(schema, field);
    if (json) {
      out.writeStartArray();
      for (int i = 0; i < extents.size(); i++) {
        out.writeString(
            "0x" + Long.toHexString(extents.physicalAddress(i)) + "+" + extents.lengthBytes(i));
      }
      out.writeEndArray();
    } else {
      out.writeBinary(ExtentCodec.encode(extents));
    }
  }

  void beginArray(Schema schema, int field) throws IOException {
    field(schema, field);
    out.writeStartArray();
  }

  void endArray() throws IOException {
    out.writeEndArray();
  }
}
