package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.holdfast.model.ExtentList;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** Reads CBOR or JSON, and keeps the path of the field it is at for messages. */
final class TreeReader extends RecordReader {
  /** The field of a JSON record that holds the fields this version does not know. */
  static final String EXTENSIONS = "extensions";

  /**
   * How deep a document may be nested: the model's six levels and the deepest extension, with room
   * to spare.
   */
  static final int MAX_DEPTH = 64;

  private static final int BIGNUM = 2;
  private static final int NEGATIVE_BIGNUM = 3;

  private final JsonParser parser;
  private final boolean json;
  private final int offsetBytes;
  private final String[] names = new String[MAX_DEPTH + 2];
  private final int[] indexes = new int[MAX_DEPTH + 2];
  private int depth;

  /**
   * @param offsetBytes where the document starts within the manifest, for messages
   * @param limits how much may be decoded from a document of its size
   */
  TreeReader(JsonParser parser, boolean json, int offsetBytes, Limits limits) {
    super(limits);
    this.parser = parser;
    this.json = json;
    this.offsetBytes = offsetBytes;
  }

  @Override
  boolean isJson() {
    return json;
  }

  JsonParser parser() {
    return parser;
  }

  /** Goes to the first value of the document. */
  void start() throws IOException {
    advance();
  }

  /** Refuses anything after the document. */
  void finish() throws IOException {
    if (parser.nextToken() != null) {
      throw corrupt("something follows the session");
    }
  }

  // ---- structure ----

  /** Begins a level of the path. */
  void push() {
    if (depth == names.length) {
      throw corrupt("nested more than " + MAX_DEPTH + " levels deep");
    }
    names[depth] = "";
    depth++;
  }

  void pop() {
    depth--;
  }

  /** Goes to the value of the next field; answers its name, or null at the end of the record. */
  String nextName() throws IOException {
    JsonToken token = advance();
    if (token == JsonToken.END_OBJECT) {
      return null;
    }
    if (token != JsonToken.FIELD_NAME) {
      throw corrupt("a field name is missing");
    }
    String name = parser.currentName();
    at(name);
    advance();
    return name;
  }

  /** Says what the current level of the path is called in messages. */
  void at(String name) {
    names[depth - 1] = name;
  }

  @Override
  void beginRecord() {
    expect(JsonToken.START_OBJECT, "a record");
    countObject();
    push();
  }

  @Override
  int nextField(Schema schema, RecordFields fields) throws IOException {
    for (String name = nextName(); name != null; name = nextName()) {
      int field = schema.indexOf(name, json);
      if (field != Schema.UNKNOWN) {
        at(schema.longName(field));
        return field;
      }
      keep(name, fields);
    }
    at("");
    return Schema.UNKNOWN;
  }

  private void keep(String name, RecordFields fields) throws IOException {
    if (!json) {
      fields.keep(name, Trees.read(this));
      return;
    }
    if (!name.equals(EXTENSIONS) || parser.currentToken() != JsonToken.START_OBJECT) {
      throw corrupt("unknown field; those of newer versions belong in \"" + EXTENSIONS + "\"");
    }
    if (!(Trees.read(this) instanceof Map<?, ?> unknown)) {
      throw corrupt("expected the fields of newer versions");
    }
    fields.keepAll(unknown);
  }

  @Override
  void endRecord() {
    pop();
  }

  @Override
  void beginArray() {
    expect(JsonToken.START_ARRAY, "a list");
    push();
    names[depth - 1] = null;
    indexes[depth - 1] = -1;
  }

  @Override
  boolean nextElement() throws IOException {
    indexes[depth - 1]++;
    if (advance() == JsonToken.END_ARRAY) {
      pop();
      return false;
    }
    return true;
  }

  private JsonToken advance() throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw corrupt("the document ends too early");
    }
    if (parser instanceof CBORParser cbor) {
      int tag = cbor.getCurrentTag();
      if (tag != -1
          && !(token == JsonToken.VALUE_NUMBER_INT && (tag == BIGNUM || tag == NEGATIVE_BIGNUM))) {
        throw corrupt("the format has no CBOR tag " + tag);
      }
    }
    return token;
  }

  private void expect(JsonToken token, String what) {
    if (parser.currentToken() != token) {
      throw corrupt("expected " + what + ", found " + parser.currentToken());
    }
  }

  // ---- values: of the field or element it stands at ----

  @Override
  String text() throws IOException {
    expect(JsonToken.VALUE_STRING, "a text");
    return parser.getText();
  }

  @Override
  long number() throws IOException {
    expect(JsonToken.VALUE_NUMBER_INT, "a number");
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw corrupt("the number has more than 64 bits");
    }
    return parser.getLongValue();
  }

  @Override
  boolean flag() {
    if (parser.currentToken() == JsonToken.VALUE_TRUE) {
      return true;
    }
    expect(JsonToken.VALUE_FALSE, "true or false");
    return false;
  }

  /** A binary field; CBOR only. */
  byte[] bytes() throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_EMBEDDED_OBJECT
        || !(parser.getEmbeddedObject() instanceof byte[] bytes)) {
      throw corrupt("expected bytes, found " + parser.currentToken());
    }
    return bytes;
  }

  @Override
  long address() throws IOException {
    if (!json) {
      return number();
    }
    String text = text();
    return hexadecimal(text, text.length());
  }

  private long hexadecimal(String text, int end) {
    boolean fits = text.startsWith("0x") && end > 2 && end <= 18;
    long value = 0;
    for (int i = 2; fits && i < end; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      fits = digit >= 0 && text.charAt(i) < 0x80;
      value = value << 4 | digit;
    }
    if (!fits) {
      throw corrupt("expected a number such as \"0x7ffc5000\", found \"" + text + "\"");
    }
    return value;
  }

  @Override
  int choice(String[] words) throws IOException {
    if (json) {
      String text = text();
      for (int position = 0; position < words.length; position++) {
        if (words[position].equals(text)) {
          return position;
        }
      }
      throw corrupt("expected one of " + String.join(", ", words) + ", found \"" + text + "\"");
    }
    long position = number();
    if (position < 0 || position >= words.length) {
      throw corrupt("expected 0 to " + (words.length - 1) + ", found " + position);
    }
    return (int) position;
  }

  @Override
  UUID uuid() throws IOException {
    if (json) {
      String text = text();
      UUID uuid = UUID.fromString(text);
      if (!uuid.toString().equalsIgnoreCase(text)) {
        throw corrupt("not a UUID: \"" + text + "\"");
      }
      return uuid;
    }
    byte[] bytes = bytes();
    if (bytes.length != 16) {
      throw corrupt("a UUID has 16 bytes, found " + bytes.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong());
  }

  @Override
  Instant instant() throws IOException {
    if (json) {
      return Instant.parse(text());
    }
    long[] parts = new long[2];
    int count = 0;
    beginArray();
    while (nextElement()) {
      if (count == 2) {
        throw corrupt("a time is seconds and nanoseconds");
      }
      parts[count++] = number();
    }
    if (count != 2 || parts[1] < 0 || parts[1] > 999_999_999) {
      throw corrupt("a time is seconds and 0 to 999999999 nanoseconds");
    }
    return Instant.ofEpochSecond(parts[0], parts[1]);
  }

  @Override
  ExtentList extents() throws IOException {
    if (!json) {
      byte[] bytes = bytes();
      try {
        ExtentList list = ExtentCodec.decode(bytes, 0, bytes.length, extentsLeft());
        countExtents(list.size());
        return list;
      } catch (MalformedException e) {
        throw new ManifestCorruptException(path() + ", " + e.where(), e.what(), e);
      }
    }
    ExtentList.Builder list = ExtentList.builder();
    beginArray();
    while (nextElement()) {
      countExtents(1);
      String text = text();
      int plus = text.indexOf('+');
      if (plus < 0) {
        throw corrupt("expected an extent such as \"0x7ffc5000+4096\", found \"" + text + "\"");
      }
      list.add(hexadecimal(text, plus), Long.parseLong(text, plus + 1, text.length(), 10));
    }
    return list.build();
  }

  // ---- messages ----

  @Override
  ManifestCorruptException corrupt(String what) {
    return corrupt(what, null);
  }

  ManifestCorruptException corrupt(String what, Throwable cause) {
    return new ManifestCorruptException(path(), what, cause);
  }

  /** {@code session.ioases[0].mappings[3].name (byte 117)}. */
  private String path() {
    StringBuilder path = new StringBuilder(json ? "" : "session");
    for (int i = 0; i < depth; i++) {
      if (names[i] == null) {
        path.append('[').append(indexes[i]).append(']');
      } else if (!names[i].isEmpty()) {
        path.append(path.isEmpty() ? "" : ".").append(names[i]);
      }
    }
    if (json) {
      path.append(" (line ").append(parser.currentTokenLocation().getLineNr()).append(')');
    } else {
      path.append(" (byte ")
          .append(offsetBytes + parser.currentTokenLocation().getByteOffset())
          .append(')');
    }
    return path.toString();
  }
}
