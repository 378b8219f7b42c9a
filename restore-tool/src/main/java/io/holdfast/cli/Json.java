package io.holdfast.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Writes trees of maps, lists, texts, numbers and truth values as JSON. Thread-safe. */
final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** Text that is JSON already and goes into the document as it is. */
  record Raw(String json) {}

  /** JSON text, as a part of a document; white space around it is dropped. */
  static Raw raw(String json) {
    return new Raw(json.strip());
  }

  /** Writes one document, indented, with a line break at its end. */
  static void write(PrintWriter to, Object tree) {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    write(
        to,
        tree,
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter));
  }

  /** Writes one document as one line. */
  static void writeLine(PrintWriter to, Object tree) {
    write(to, tree, null);
  }

  private static void write(PrintWriter to, Object tree, PrettyPrinter printer) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = FACTORY.createGenerator(text)) {
      if (printer != null) {
        generator.setPrettyPrinter(printer);
      }
      value(generator, tree);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    to.print(ascii(text.getBuffer()));
    to.print('\n');
  }

  private static void value(JsonGenerator to, Object tree) throws IOException {
    switch (tree) {
      case null -> to.writeNull();
      case Map<?, ?> map -> {
        to.writeStartObject();
        for (Map.Entry<?, ?> field : map.entrySet()) {
          to.writeFieldName(String.valueOf(field.getKey()));
          value(to, field.getValue());
        }
        to.writeEndObject();
      }
      case List<?> list -> {
        to.writeStartArray();
        for (Object element : list) {
          value(to, element);
        }
        to.writeEndArray();
      }
      case Boolean truth -> to.writeBoolean(truth);
      case Integer number -> to.writeNumber(number);
      case Long number -> to.writeNumber(number);
      case Double number -> to.writeNumber(number);
      case Raw raw -> to.writeRawValue(raw.json());
      default -> to.writeString(SafeText.limit(tree.toString(), SafeText.LINE_CHARS));
    }
  }

  /**
   * The same document in ASCII: what is not is escaped, wherever it came from, so that neither a
   * terminal nor a locale can make something else of it. It stands inside of strings only.
   */
  private static CharSequence ascii(CharSequence json) {
    StringBuilder escaped = null;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c >= 0x7f) {
        if (escaped == null) {
          escaped = new StringBuilder(json.length() + 64).append(json, 0, i);
        }
        escaped.append("\\u").append(HexFormat.of().toHexDigits(c));
      } else if (escaped != null) {
        escaped.append(c);
      }
    }
    return escaped == null ? json : escaped;
  }
}
