package io.holdfast.journal;

import io.holdfast.journal.Source.MalformedException;
import io.holdfast.model.Extensions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Unknown fields in bytes: a count, then name and value each; almost always the single byte 0.
 *
 * <pre>
 *   value  | type: 1 byte | …                 0 null, 1 false, 2 true, 3 integer (8 bytes), 4 double (8 bytes),
 *                                             5 text, 6 bytes, 7 list (count, values), 8 map (count, names and values),
 *                                             9 large integer (bytes), 10 decimal (text)
 * </pre>
 */
final class ExtensionsCodec {
  private static final int MAX_DEPTH = 64;

  private ExtensionsCodec() {}

  static void write(Sink sink, Extensions extensions) {
    Map<String, Object> fields = extensions.fields();
    if (fields.isEmpty()) {
      sink.u8(0);
    } else {
      writeMap(sink, fields, 0);
    }
  }

  static Extensions read(Source source) throws MalformedException {
    Map<String, Object> fields = readMap(source, 0);
    return fields.isEmpty() ? Extensions.NONE : new Extensions(fields);
  }

  private static void writeMap(Sink sink, Map<?, ?> fields, int depth) {
    sink.varint(fields.size());
    fields.forEach((name, value) -> {
      sink.text((String) name);
      writeValue(sink, value, depth + 1);
    });
  }

  private static void writeValue(Sink sink, Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("unknown fields nested deeper than " + MAX_DEPTH);
    }
    switch (value) {
      case null -> sink.u8(0);
      case Boolean flag -> sink.u8(flag ? 2 : 1);
      case Byte number -> integer(sink, number);
      case Short number -> integer(sink, number);
      case Integer number -> integer(sink, number);
      case Long number -> integer(sink, number);
      case Float number -> real(sink, number);
      case Double number -> real(sink, number);
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
          writeValue(sink, element, depth + 1);
        }
      }
      case Map<?, ?> map -> {
        sink.u8(8);
        writeMap(sink, map, depth);
      }
      case BigInteger number -> {
        sink.u8(9);
        sink.bytes(number.toByteArray());
      }
      case BigDecimal number -> {
        sink.u8(10);
        sink.text(number.toString());
      }
      default ->
          throw new IllegalArgumentException(
              "an unknown field of type " + value.getClass().getName());
    }
  }

  private static void integer(Sink sink, long number) {
    sink.u8(3);
    sink.u64(number);
  }

  private static void real(Sink sink, double number) {
    sink.u8(4);
    sink.u64(Double.doubleToRawLongBits(number));
  }

  private static Map<String, Object> readMap(Source source, int depth) throws MalformedException {
    int count = source.count(2);
    Map<String, Object> fields = LinkedHashMap.newLinkedHashMap(count);
    for (int i = 0; i < count; i++) {
      fields.put(source.text(), readValue(source, depth + 1));
    }
    return fields;
  }

  private static Object readValue(Source source, int depth) throws MalformedException {
    if (depth > MAX_DEPTH) {
      throw new MalformedException("unknown fields nested deeper than " + MAX_DEPTH);
    }
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
        List<Object> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          list.add(readValue(source, depth + 1));
        }
        yield list;
      }
      case 8 -> readMap(source, depth);
      case 9 -> new BigInteger(source.bytes());
      case 10 -> new BigDecimal(source.text());
      default -> throw new MalformedException("an unknown field of type " + type);
    };
  }
}
