package io.holdfast.serializer;

import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import java.time.Instant;
import java.util.UUID;

/**
 * The journal's form: for each field its number in the schema and its value, in a byte or two where
 * they suffice.
 *
 * <pre>
 *   record      | field 1 + | value | field 1 + | value | … | 255 | unknown fields | 0 |
 *   number, address: varint   flag, choice: 1 byte   text: varint of its length, UTF-8
 *   UUID: 16 bytes            time: seconds (8 bytes), varint of nanoseconds
 *   extents: varint of their length, {@link ExtentCodec}'s bytes      list: varint of its size, the elements
 * </pre>
 *
 * <p>Unknown fields stand in one place, and only where there are any ({@link CompactTrees}).
 */
final class CompactWriter extends RecordWriter {
  /** Ends a record; fields count from 1. */
  static final int END = 0;

  /** The fields that this version does not know follow. */
  static final int EXTENSIONS = 0xff;

  private final Sink sink;

  CompactWriter(Sink sink) {
    this.sink = sink;
  }

  @Override
  boolean isJson() {
    return false;
  }

  @Override
  void begin() {}

  @Override
  void extensions(Extensions extensions) {
    sink.u8(EXTENSIONS);
    CompactTrees.write(sink, extensions);
  }

  @Override
  void end() {
    sink.u8(END);
  }

  @Override
  void field(Schema schema, int field) {
    sink.u8(field + 1);
  }

  @Override
  void text(Schema schema, int field, String value) {
    sink.u8(field + 1);
    sink.text(value);
  }

  @Override
  void number(Schema schema, int field, long value) {
    sink.taggedVarint(field + 1, value);
  }

  @Override
  void flag(Schema schema, int field, boolean value) {
    sink.taggedByte(field + 1, value ? 1 : 0);
  }

  @Override
  void address(Schema schema, int field, long value) {
    sink.taggedVarint(field + 1, value);
  }

  @Override
  void choice(Schema schema, int field, String[] words, int position) {
    sink.taggedByte(field + 1, position);
  }

  @Override
  void uuid(Schema schema, int field, UUID value) {
    sink.u8(field + 1);
    sink.uuid(value);
  }

  @Override
  void instant(Schema schema, int field, Instant value) {
    sink.u8(field + 1);
    sink.instant(value);
  }

  @Override
  void extents(Schema schema, int field, ExtentList extents) {
    sink.u8(field + 1);
    sink.extents(extents);
  }

  @Override
  void beginArray(Schema schema, int field, int size) {
    sink.taggedVarint(field + 1, size);
  }

  @Override
  void uuid(UUID value) {
    sink.uuid(value);
  }

  @Override
  void endArray() {}
}
