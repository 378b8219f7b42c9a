package io.holdfast.serializer;

import io.holdfast.model.ExtentList;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/** Reads what {@link CompactWriter} writes. */
final class CompactReader extends RecordReader {
  private final Source source;

  /** How many elements are left of the lists that it is in, the innermost last. */
  private int[] elements = {};

  private int lists;

  CompactReader(Source source, Limits limits) {
    super(limits);
    this.source = source;
  }

  @Override
  boolean isJson() {
    return false;
  }

  @Override
  void beginRecord() {
    countObject();
  }

  @Override
  int nextField(Schema schema, RecordFields fields) {
    int tag = source.u8();
    if (tag == CompactWriter.EXTENSIONS) {
      fields.keepAll(CompactTrees.read(source, this));
      tag = source.u8();
    }
    if (tag == CompactWriter.END) {
      return Schema.UNKNOWN;
    }
    if (tag > schema.size()) {
      throw corrupt("there is no field " + tag);
    }
    return tag - 1;
  }

  @Override
  void endRecord() {
    // The record has ended with its last byte.
  }

  @Override
  String text() {
    return source.text();
  }

  @Override
  long number() {
    return source.varint();
  }

  @Override
  boolean flag() {
    int value = source.u8();
    if (value > 1) {
      throw corrupt("expected 0 or 1, found " + value);
    }
    return value == 1;
  }

  @Override
  long address() {
    return source.varint();
  }

  @Override
  int choice(String[] words) {
    int position = source.u8();
    if (position >= words.length) {
      throw corrupt("expected 0 to " + (words.length - 1) + ", found " + position);
    }
    return position;
  }

  @Override
  UUID uuid() {
    return source.uuid();
  }

  @Override
  Instant instant() {
    return source.instant();
  }

  @Override
  ExtentList extents() {
    int length = source.count(1);
    Source part = source.part(length);
    ExtentList list = ExtentCodec.decode(part.array(), part.position(), length, extentsLeft());
    countExtents(list.size());
    return list;
  }

  @Override
  void beginArray() {
    if (lists == elements.length) {
      elements = Arrays.copyOf(elements, lists + 2);
    }
    elements[lists++] = source.count(1);
  }

  @Override
  boolean nextElement() {
    if (elements[lists - 1] == 0) {
      lists--;
      return false;
    }
    elements[lists - 1]--;
    return true;
  }

  @Override
  MalformedException corrupt(String what) {
    return new MalformedException(what);
  }
}
