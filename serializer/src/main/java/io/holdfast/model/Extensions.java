package io.holdfast.model;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fields of a newer minor format that this version does not know, kept so that writing the record
 * again loses nothing.
 *
 * <p>Values are what a JSON-like tree is made of: {@code null}, Boolean, Long, BigInteger (where a
 * Long is too small, at most 256 bits), Double, String, byte[], List and Map with String keys, at
 * most {@value #MAX_DEPTH} levels deep. The smaller number types are widened, so that equal trees
 * are equal records; anything else is answered with {@link IllegalArgumentException}. Immutable and
 * thread-safe as long as nobody changes the byte arrays inside.
 *
 * @param fields field name to value, in the order they were read
 */
public record Extensions(Map<String, Object> fields) {
  /** How deep lists and maps may be nested. */
  public static final int MAX_DEPTH = 32;

  /** No unknown fields: what every record made by this version carries. */
  public static final Extensions NONE = new Extensions(Map.of());

  private static final int MAX_INTEGER_BITS = 256;

  public Extensions {
    fields = copyOf(fields, MAX_DEPTH);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return fields.isEmpty();
  }

  /** How many values there are at all depths. */
  public int valueCount() {
    return isEmpty() ? 0 : countOf(fields) - 1;
  }

  private static int countOf(Object value) {
    int count = 1;
    if (value instanceof Map<?, ?> map) {
      for (Object element : map.values()) {
        count += countOf(element);
      }
    } else if (value instanceof List<?> list) {
      for (Object element : list) {
        count += countOf(element);
      }
    }
    return count;
  }

  /** Compares the trees by value, byte arrays included. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Extensions extensions && sameValue(fields, extensions.fields);
  }

  @Override
  public int hashCode() {
    return fields.keySet().hashCode();
  }

  private static Map<String, Object> copyOf(Map<?, ?> map, int depth) {
    if (map.isEmpty()) {
      return Map.of();
    }
    Map<String, Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)) {
        throw new IllegalArgumentException(
            "an extension's field name is not a String: " + entry.getKey());
      }
      copy.put(
          Checks.wholeCharacters("an extension's field name", key),
          copyOf(entry.getValue(), depth - 1));
    }
    return Collections.unmodifiableMap(copy);
  }

  private static Object copyOf(Object value, int depth) {
    if (depth < 0) {
      throw new IllegalArgumentException(
          "an extension is nested more than " + MAX_DEPTH + " levels deep");
    }
    if (value == null
        || value instanceof Boolean
        || value instanceof Long
        || value instanceof Double) {
      return value;
    }
    if (value instanceof String text) {
      return Checks.wholeCharacters("an extension", text);
    }
    if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof Float number) {
      return number.doubleValue();
    }
    if (value instanceof BigInteger number && number.bitLength() <= MAX_INTEGER_BITS) {
      return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }
    if (value instanceof byte[] bytes) {
      return bytes.clone();
    }
    if (value instanceof Map<?, ?> map) {
      return copyOf(map, depth);
    }
    if (value instanceof List<?> list) {
      if (list.isEmpty()) {
        return List.of();
      }
      List<Object> copy = new ArrayList<>(list.size());
      for (Object element : list) {
        copy.add(copyOf(element, depth - 1));
      }
      return Collections.unmodifiableList(copy);
    }
    throw new IllegalArgumentException(
        "not a value an extension can hold: " + value.getClass().getName());
  }

  private static boolean sameValue(Object one, Object two) {
    if (one instanceof byte[] left && two instanceof byte[] right) {
      return Arrays.equals(left, right);
    }
    if (one instanceof Map<?, ?> left && two instanceof Map<?, ?> right) {
      if (!left.keySet().equals(right.keySet())) {
        return false;
      }
      for (Map.Entry<?, ?> entry : left.entrySet()) {
        if (!sameValue(entry.getValue(), right.get(entry.getKey()))) {
          return false;
        }
      }
      return true;
    }
    if (one instanceof List<?> left && two instanceof List<?> right) {
      boolean same = left.size() == right.size();
      for (int i = 0; same && i < left.size(); i++) {
        same = sameValue(left.get(i), right.get(i));
      }
      return same;
    }
    return one == null ? two == null : one.equals(two);
  }
}
