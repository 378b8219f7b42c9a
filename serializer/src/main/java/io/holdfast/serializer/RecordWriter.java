package io.holdfast.serializer;

import io.holdfast.model.Extensions;
import io.holdfast.model.ExtentList;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * Writes the records of the model field by field; one instance for one document. Not thread-safe.
 *
 * <p>Which fields a record has is said once, in its codec. The forms differ in how they spell them:
 * CBOR for the manifest and JSON for people ({@link TreeWriter}), and the journal's compact form
 * ({@link CompactWriter}). JSON spells everything out; the other two leave out what is as usual.
 */
abstract class RecordWriter {
  abstract boolean isJson();

  abstract void begin() throws IOException;

  /**
   * Ends a record with the fields that this version does not know.
   *
   * @throws IllegalArgumentException if one of them has the name of a field that is known
   */
  final void end(Schema schema, Extensions extensions) throws IOException {
    if (!extensions.isEmpty()) {
      for (String name : extensions.fields().keySet()) {
        if (schema.indexOf(name, false) != Schema.UNKNOWN) {
          throw new IllegalArgumentException(
              "an extension has the name of a known field: \"" + name + "\"");
        }
      }
      extensions(extensions);
    }
    end();
  }

  abstract void extensions(Extensions extensions) throws IOException;

  abstract void end() throws IOException;

  /** Begins a field whose value is a record. */
  abstract void field(Schema schema, int field) throws IOException;

  abstract void text(Schema schema, int field, String value) throws IOException;

  /** A number that is at least 0. */
  abstract void number(Schema schema, int field, long value) throws IOException;

  abstract void flag(Schema schema, int field, boolean value) throws IOException;

  /** An unsigned number that people read in hexadecimal. */
  abstract void address(Schema schema, int field, long value) throws IOException;

  /** One of a few words, of which all forms but JSON have the position. */
  abstract void choice(Schema schema, int field, String[] words, int position) throws IOException;

  abstract void uuid(Schema schema, int field, UUID value) throws IOException;

  abstract void instant(Schema schema, int field, Instant value) throws IOException;

  abstract void extents(Schema schema, int field, ExtentList extents) throws IOException;

  /** Begins a list of so many elements. */
  abstract void beginArray(Schema schema, int field, int size) throws IOException;

  /** An element that is a UUID. */
  abstract void uuid(UUID value) throws IOException;

  abstract void endArray() throws IOException;
}
