package io.holdfast.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.holdfast.disk.PlainFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads documents that the tool has printed, and trusts nothing in them: a tree of maps, lists,
 * texts, numbers and truth values, bounded in every direction. Stateless.
 */
final class JsonTree {
  private static final int MAX_BYTES = 64 << 20;
  private static final int MAX_VALUES = 2_000_000;
  private static final int MAX_DEPTH = 32;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(1 << 20)
                  .maxNameLength(1 << 10)
                  .maxNumberLength(100)
                  .maxDocumentLength(MAX_BYTES)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private JsonTree() {}

  /** The one document in a file, which is an object. */
  static Map<String, Object> read(Path path) throws IOException {
    byte[] text;
    try (PlainFile file = PlainFile.pin(path)) {
      if (file.sizeBytes() > MAX_BYTES) {
        throw refused(path, "it has " + file.sizeBytes() + " bytes, more than " + MAX_BYTES);
      }
      text = file.read(MAX_BYTES);
    }
    int[] values = {0};
    try (JsonParser parser = FACTORY.createParser(new String(text, StandardCharsets.UTF_8))) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw refused(path, "it does not begin with {");
      }
      Map<String, Object> document = object(parser, values);
      if (parser.nextToken() != null) {
        throw refused(path, "something follows its end");
      }
      return document;
    } catch (JsonProcessingException e) {
      throw refused(path, e.getOriginalMessage());
    } catch (NumberFormatException | ArithmeticException e) {
      throw refused(path, "a number cannot be read: " + e.getMessage());
    }
  }

  private static Object value(JsonParser parser, int[] values) throws IOException {
    if (++values[0] > MAX_VALUES) {
      throw new JsonValues("it has more than " + MAX_VALUES + " values");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, values);
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser, values));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? parser.getBigIntegerValue()
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private static Map<String, Object> object(JsonParser parser, int[] values) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      map.put(name, value(parser, values));
    }
    return map;
  }

  private static VerbException refused(Path path, String why) {
    return new VerbException(
        ExitCode.INPUT_REFUSED,
        path + " is not a document of holdfast --json: " + why,
        "name a file with the output of one verb");
  }

  /** Too many values. */
  private static final class JsonValues extends JsonProcessingException {
    private static final long serialVersionUID = 1L;

    private JsonValues(String problem) {
      super(problem);
    }
  }
}
