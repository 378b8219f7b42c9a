package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.io.Writer;
import java.time.DateTimeException;

/**
 * The manifest as JSON for people: {@code {"format": "holdfast-manifest", "version": "1.0",
 * "session": {…}}}. Stateless and thread-safe.
 */
final class Json {
  private static final int FORMAT = 0;
  private static final int VERSION = 1;
  private static final int SESSION = 2;
  private static final Schema SCHEMA = new Schema("f", "format", "v", "version", "s", "session");
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();
  private static final String FORMAT_NAME = "holdfast-manifest";

  private Json() {}

  static void write(SessionState session, Writer to) {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Separators.Spacing.AFTER));
    printer.indentObjectsWith(lines);
    printer.indentArraysWith(lines);
    try (JsonGenerator generator = FACTORY.createGenerator(to).setPrettyPrinter(printer)) {
      TreeWriter out = new TreeWriter(generator, true);
      out.begin();
      out.text(SCHEMA, FORMAT, FORMAT_NAME);
      out.text(SCHEMA, VERSION, Envelope.version());
      out.field(SCHEMA, SESSION);
      SessionCodec.write(out, session);
      generator.writeEndObject();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the session cannot be written as JSON: " + e.getMessage(), e);
    }
  }

  static SessionState read(String json, StreamReadConstraints constraints) {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(constraints)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    TreeReader in = null;
    try (JsonParser parser = factory.createParser(json)) {
      in = new TreeReader(parser, true, 0, Limits.of(json.length()));
      in.start();
      SessionState session = document(in);
      in.finish();
      return Manifest.checked(session);
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw in == null
          ? new ManifestCorruptException("line 1", messageOf(e), e)
          : in.corrupt(messageOf(e), e);
    }
  }

  private static SessionState document(TreeReader in) throws IOException {
    SessionState session = null;
    RecordFields fields = new RecordFields(in, SCHEMA);
    while (fields.next()) {
      switch (fields.field()) {
        case FORMAT -> checkFormat(in.text());
        case VERSION -> checkVersion(in, in.text());
        default -> {
          fields.require(FORMAT, VERSION);
          session = SessionCodec.read(in);
        }
      }
    }
    fields.require(SESSION);
    if (!fields.extensions().isEmpty()) {
      throw in.corrupt("the document itself has no extensions");
    }
    fields.end();
    return session;
  }

  private static void checkFormat(String format) {
    if (!format.equals(FORMAT_NAME)) {
      throw ManifestForeignException.noManifest("its format is \"" + format + "\"");
    }
  }

  private static void checkVersion(TreeReader in, String version) {
    int dot = version.indexOf('.');
    if (dot < 0) {
      throw in.corrupt("expected a version such as \"1.0\", found \"" + version + "\"");
    }
    int major = Integer.parseInt(version, 0, dot, 10);
    Integer.parseInt(version, dot + 1, version.length(), 10);
    if (major > Envelope.MAJOR) {
      throw new ManifestTooNewException(version, Envelope.version());
    }
    if (major < Envelope.MAJOR) {
      throw in.corrupt("there is no format " + version);
    }
  }

  /** An exception's message without Jackson's excerpt of the source. */
  static String messageOf(Exception e) {
    return e instanceof JsonProcessingException jackson
        ? jackson.getOriginalMessage()
        : String.valueOf(e.getMessage());
  }
}
