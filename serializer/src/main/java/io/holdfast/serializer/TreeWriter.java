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
 * CBOR for machines or JSON for people.
 *
 * <p>The two differ in the names of the fields and in how a value is spelled: CBOR has small
 * numbers and binary fields where JSON has words, hexadecimal addresses and lists.
 */
final class TreeWriter extends RecordWriter {
  private final JsonGenerator out;
  private final boolean json;

  TreeWriter(JsonGenerator out, boolean json) {
    this.out = out;
    this.json = json;
  }

  @Override
  boolean isJson() {
    return json;
  }

  @Override
  void begin() throws IOException {
    out.writeStartObject();
  }

  /**
   * Beside the other fields in CBOR, where a newer version looks for them, and in a field of their
   * own in JSON, whose names are not theirs.
   */
  @Override
  void extensions(Extensions extensions) throws IOException {
    if (json) {
      out.writeFieldName(TreeReader.EXTENSIONS);
      Trees.write(out, extensions.fields(), true);
    } else {
      for (Map.Entry<String, Object> field : extensions.fields().entrySet()) {
        out.writeFieldName(field.getKey());
        Trees.write(out, field.getValue(), false);
      }
    }
  }

  @Override
  void end() throws IOException {
    out.writeEndObject();
  }

  @Override
  void field(Schema schema, int field) throws IOException {
    out.writeFieldName(json ? schema.longName(field) : schema.shortName(field));
  }

  @Override
  void text(Schema schema, int field, String value) throws IOException {
    field(schema, field);
    out.writeString(value);
  }

  @Override
  void number(Schema schema, int field, long value) throws IOException {
    field(schema, field);
    out.writeNumber(value);
  }

  @Override
  void flag(Schema schema, int field, boolean value) throws IOException {
    field(schema, field);
    out.writeBoolean(value);
  }

  /** CBOR has it as a signed number of 64 bits. */
  @Override
  void address(Schema schema, int field, long value) throws IOException {
    field(schema, field);
    if (json) {
      out.writeString("0x" + Long.toHexString(value));
    } else {
      out.writeNumber(value);
    }
  }

  @Override
  void choice(Schema schema, int field, String[] words, int position) throws IOException {
    field(schema, field);
    if (json) {
      out.writeString(words[position]);
    } else {
      out.writeNumber(position);
    }
  }

  @Override
  void uuid(Schema schema, int field, UUID value) throws IOException {
    field(schema, field);
    uuid(value);
  }

  @Override
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

  @Override
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

  @Override
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

  @Override
  void beginArray(Schema schema, int field, int size) throws IOException {
    field(schema, field);
    out.writeStartArray();
  }

  @Override
  void endArray() throws IOException {
    out.writeEndArray();
  }
}
