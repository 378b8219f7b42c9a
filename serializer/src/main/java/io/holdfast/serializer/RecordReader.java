package io.holdfast.serializer;

import io.holdfast.model.ExtentList;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * Reads what {@link RecordWriter} writes, and counts what it makes of it; one instance for one
 * document. Not thread-safe.
 */
abstract class RecordReader {
  private final Limits limits;
  private long objects;
  private long extents;

  RecordReader(Limits limits) {
    this.limits = limits;
  }

  abstract boolean isJson();

  /** Begins the record that it stands at. */
  abstract void beginRecord() throws IOException;

  /**
   * Goes to the value of the next field that the schema has, and hands what it does not have to
   * {@code fields}; answers its number, or {@link Schema#UNKNOWN} at the end of the record.
   */
  abstract int nextField(Schema schema, RecordFields fields) throws IOException;

  /** Leaves the record. */
  abstract void endRecord();

  // ---- values: of the field or element it stands at ----

  abstract String text() throws IOException;

  abstract long number() throws IOException;

  final int smallNumber() throws IOException {
    long value = number();
    if (value != (int) value) {
      throw corrupt("the number " + value + " has more than 32 bits");
    }
    return (int) value;
  }

  abstract boolean flag() throws IOException;

  abstract long address() throws IOException;

  /** The position of a word. */
  abstract int choice(String[] words) throws IOException;

  abstract UUID uuid() throws IOException;

  abstract Instant instant() throws IOException;

  abstract ExtentList extents() throws IOException;

  abstract void beginArray() throws IOException;

  /** Goes to the next element; false at the end of the list. */
  abstract boolean nextElement() throws IOException;

  // ---- limits ----

  /** Counts a record or a value of an unknown field. */
  final void countObject() {
    if (++objects > limits.objects()) {
      throw corrupt("more than " + limits.objects() + " records and unknown fields");
    }
  }

  final void countExtents(int count) {
    extents += count;
    if (extents > limits.extents()) {
      throw corrupt("more than " + limits.extents() + " extents");
    }
  }

  /** How many extents may still come. */
  final long extentsLeft() {
    return limits.extents() - extents;
  }

  // ---- messages ----

  /** The exception that says what is wrong with the value it stands at. */
  abstract RuntimeException corrupt(String what);
}
