package io.holdfast.serializer;

/**
 * The fields of one kind of record, numbered in the order given: a short name each in CBOR, a
 * spelled-out one in JSON, and the number in the journal. New ones go to the end.
 *
 * <p>Immutable and thread-safe.
 */
final class Schema {
  /** What {@link #indexOf} answers for a field that is not in the schema. */
  static final int UNKNOWN = -1;

  private final String[] shortNames;
  private final String[] longNames;

  /** A schema of at most 32 fields, of each the short name followed by the long one. */
  Schema(String... names) {
    shortNames = new String[names.length / 2];
    longNames = new String[names.length / 2];
    for (int field = 0; field < shortNames.length; field++) {
      shortNames[field] = names[2 * field];
      longNames[field] = names[2 * field + 1];
    }
  }

  /** How many fields. */
  int size() {
    return shortNames.length;
  }

  /** The field's name in CBOR. */
  String shortName(int field) {
    return shortNames[field];
  }

  /** The field's name in JSON and in messages. */
  String longName(int field) {
    return longNames[field];
  }

  /** The number of the field that has this name in JSON or in CBOR, or {@link #UNKNOWN}. */
  int indexOf(String name, boolean json) {
    String[] names = json ? longNames : shortNames;
    for (int field = 0; field < names.length; field++) {
      if (names[field].equals(name)) {
        return field;
      }
    }
    return UNKNOWN;
  }
}
