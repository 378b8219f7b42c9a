package io.holdfast.serializer;

import io.holdfast.model.Extensions;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Unknown fields in the journal's form: a count, then name and value each.
 *
 * <pre>
 *   value  | type: 1 byte | …                 0 null, 1 false, 2 true, 3 integer (8 bytes), 4 double (8 bytes),
 *                                             5 text, 6 bytes, 7 list (count, values), 8 map (count, names and values),
 *                                             9 larger integer (at most 33 bytes, the highest first)
 * </pre>
 *
 * <p>These are the types that {@link Extensions} has, nested as deep as it allows. Stateless and
 * thread-safe.
 */
final class CompactTrees {
  private static final int MAX_INTEGER_BYTES = 33;

  private CompactTrees() {}

  static void write(Sink sink, Extensions extensions) {
    writeMap(sink, extensions.fields());
  }

  private static void writeMap(Sink sink, Map<?, ?> fields) {
    sink.varint(fields.size());
    fields.forEach((name, value) -> {
      sink.text((String) name);
      writeValue(sink, value);
    });
  }

  private static void writeValue(Sink sink, Object value) {
    switch (value) {
      case null -> sink.u8(0);
      case Boolean flag -> sink.u8(flag ? 2 : 1);
      case Long number -> {
        sink.u8(3);
        sink.u64(number);
      }
      case Double number -> {
        sink.u8(4);
        sink.u64(Double.doubleToRawLongBits(number));
      }
      case String text -> {
        sink.u8(5);
        sink.text(text);
      }
      case byte[] bytes -> {
        sink.u8(6);
        sink.bytes(bytes);
      }
      case List<?> list -> {
        sink.u8(7);
        sink.varint(list.size());
        for (Object element : list) {
          writeValue(sink, element);
        }
      }
      case Map<?, ?> map -> {
        sink.u8(8);
        writeMap(sink, map);
      }
      case BigInteger number -> {
        sink.u8(9);
        sink.bytes(number.toByteArray());
      }
      default ->
          throw new IllegalArgumentException(
              "not a value an extension can hold: " + value.getClass().getName());
    }
  }

  /**
   * The fields.
   *
   * @param in counts the values
   */
  static Map<String, Object> read(Source source, RecordReader in) {
    return readMap(source, in, 0);
  }

  private static Map<String, Object> readMap(Source source, RecordReader in, int depth) {
    int count = source.count(2);
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = source.text();
      Object value = readValue(source, in, depth + 1);
      if (fields.containsKey(name)) {
        throw in.corrupt("the field \"" + name + "\" is there twice");
      }
      fields.put(name, value);
    }
    return fields;
  }

  private static Object readValue(Source source, RecordReader in, int depth) {
    if (depth > Extensions.MAX_DEPTH) {
      throw in.corrupt("unknown fields nested deeper than " + Extensions.MAX_DEPTH);
    }
    in.countObject();
    int type = source.u8();
    return switch (type) {
      case 0 -> null;
      case 1 -> false;
      case 2 -> true;
      case 3 -> source.u64();
      case 4 -> Double.longBitsToDouble(source.u64());
      case 5 -> source.text();
      case 6 -> source.bytes();
      case 7 -> {
        int count = source.count(1);
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          list.add(readValue(source, in, depth + 1));
        }
        yield list;
      }
      case 8 -> readMap(source, in, depth);
      case 9 -> {
        byte[] bytes = source.bytes();
        if (bytes.length == 0 || bytes.length > MAX_INTEGER_BYTES) {
          throw in.corrupt("an integer of " + bytes.length + " bytes");
        }
        yield new BigInteger(bytes);
      }
      default -> throw in.corrupt("an unknown field of type " + type);
    };
  }
}
