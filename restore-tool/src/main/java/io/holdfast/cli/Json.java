package io.holdfast.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Writes trees of maps, lists, texts, numbers, truth values and sessions as JSON, as it goes: a
 * document can be larger than memory. Thread-safe.
 */
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  private Json() {}

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
    AsciiJson text = new AsciiJson(to);
    try (JsonGenerator generator = FACTORY.createGenerator(text)) {
      if (printer != null) {
        generator.setPrettyPrinter(printer);
      }
      value(generator, text, tree);
    } catch (IOException e) {
      throw new UncheckedIOException("a printer does not fail", e);
    }
    to.print('\n');
  }

  private static void value(JsonGenerator to, Writer text, Object tree) throws IOException {
    switch (tree) {
      case null -> to.writeNull();
      case Map<?, ?> map -> {
        to.writeStartObject();
        for (Map.Entry<?, ?> field : map.entrySet()) {
          to.writeFieldName(String.valueOf(field.getKey()));
          value(to, text, field.getValue());
        }
        to.writeEndObject();
      }
      case List<?> list -> value(to, text, list.stream());
      case Stream<?> elements -> {
        to.writeStartArray();
        for (Iterator<?> each = elements.iterator(); each.hasNext(); ) {
          value(to, text, each.next());
        }
        to.writeEndArray();
      }
      case Boolean truth -> to.writeBoolean(truth);
      case Integer number -> to.writeNumber(number);
      case Long number -> to.writeNumber(number);
      case Double number -> to.writeNumber(number);
      case SessionState session -> {
        to.writeRawValue(""); // What stands between it and the value before.
        to.flush();
        Manifest.writeJson(session, text);
      }
      default -> to.writeString(SafeText.limit(tree.toString(), SafeText.LINE_CHARS));
    }
  }
}
