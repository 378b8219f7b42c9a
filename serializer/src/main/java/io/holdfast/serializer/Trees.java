package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes values this version knows nothing about, as {@link io.holdfast.model.Extensions}
 * holds them.
 *
 * <p>JSON has no bytes and no infinite numbers. They are written as an object of one field, {@code
 * {"$bytes": "base64"}} and {@code {"$double": "NaN"}}, or {@code "NaN:fff2890e73d6729a"} where a
 * NaN has other bits than Java's; every other field name that begins with a dollar sign gets a
 * second one. Stateless and thread-safe.
 */
final class Trees {
  private static final String BYTES = "$bytes";
  private static final String DOUBLE = "$double";
  private static final String NAN_BITS = "NaN:";

  private Trees() {}

  static void write(JsonGenerator out, Object value, boolean json) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case String text -> out.writeString(text);
      case Boolean flag -> out.writeBoolean(flag);
      case Long number -> out.writeNumber(number);
      case BigInteger number -> out.writeNumber(number);
      case Double number when json && !Double.isFinite(number) ->
          writeWrapped(out, DOUBLE, textOf(number));
      case Double number -> out.writeNumber(number);
      case byte[] bytes when json ->
          writeWrapped(out, BYTES, Base64.getEncoder().encodeToString(bytes));
      case byte[] bytes -> out.writeBinary(bytes);
      case List<?> list -> {
        out.writeStartArray();
        for (Object element : list) {
          write(out, element, json);
        }
        out.writeEndArray();
      }
      case Map<?, ?> map -> writeFields(out, map, json);
      default ->
          throw new IllegalArgumentException(
              "not a value an extension can hold: " + value.getClass().getName());
    }
  }

  private static void writeFields(JsonGenerator out, Map<?, ?> map, boolean json)
      throws IOException {
    out.writeStartObject();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = (String) entry.getKey();
      out.writeFieldName(json && name.startsWith("$") ? "$" + name : name);
      write(out, entry.getValue(), json);
    }
    out.writeEndObject();
  }

  private static void writeWrapped(JsonGenerator out, String kind, String text) throws IOException {
    out.writeStartObject();
    out.writeStringField(kind, text);
    out.writeEndObject();
  }

  private static String textOf(double number) {
    long bits = Double.doubleToRawLongBits(number);
    boolean isOtherNan = Double.isNaN(number) && bits != Double.doubleToLongBits(number);
    return isOtherNan ? NAN_BITS + HexFormat.of().toHexDigits(bits) : Double.toString(number);
  }

  private static double numberOf(String text) {
    return text.startsWith(NAN_BITS)
        ? Double.longBitsToDouble(
            HexFormat.fromHexDigitsToLong(text, NAN_BITS.length(), text.length()))
        : Double.parseDouble(text);
  }

  /** The value the reader's parser stands at. */
  static Object read(TreeReader in) throws IOException {
    in.countObject();
    JsonParser parser = in.parser();
    JsonToken token = parser.currentToken();
    return switch (token) {
      case VALUE_NULL -> null;
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? parser.getBigIntegerValue()
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_EMBEDDED_OBJECT -> in.bytes();
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>(0);
        in.beginArray();
        while (in.nextElement()) {
          list.add(read(in));
        }
        yield list;
      }
      case START_OBJECT -> readObject(in);
      default -> throw in.corrupt("a value is missing");
    };
  }

  /** The object the reader's parser stands at, or what it stands for. */
  private static Object readObject(TreeReader in) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>(4);
    in.push();
    for (String name = in.nextName(); name != null; name = in.nextName()) {
      boolean marked = in.isJson() && name.startsWith("$");
      if (marked && !name.startsWith("$$")) {
        Object value = unwrap(in, name);
        if (!map.isEmpty() || in.nextName() != null) {
          throw in.corrupt("\"" + name + "\" must be the only field");
        }
        in.pop();
        return value;
      }
      String key = marked ? name.substring(1) : name;
      Object value = read(in);
      if (map.containsKey(key)) {
        throw in.corrupt("the field is there twice");
      }
      map.put(key, value);
    }
    in.pop();
    return map;
  }

  private static Object unwrap(TreeReader in, String kind) throws IOException {
    return switch (kind) {
      case BYTES -> Base64.getDecoder().decode(in.text());
      case DOUBLE -> numberOf(in.text());
      default -> throw in.corrupt("\"" + kind + "\" is not a way to write a value");
    };
  }
}
