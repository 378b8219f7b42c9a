package io.holdfast.serializer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.DateTimeException;
import java.util.Arrays;

/**
 * A session written down so that the next kernel's process can re-create it: what travels over the
 * kexec in a memfd, and lies beside the journal as a file.
 *
 * <pre>
 *  0               8               16              24
 *  +---------------+---+---+-------+---------------+---------- … --+---------- … --+
 *  | magic         |maj|min| flags | body length n | body: n bytes | SHA-256: 32   |
 *  +---------------+---+---+-------+---------------+---------- … --+---------- … --+
 *
 *  magic         89 48 46 4d 0d 0a 1a 0a
 *  maj, min      the format's version, 16 bits each
 *  flags         32 bits: features a reader has to know; none yet
 *  body length   64 bits
 *  body          one CBOR map: the {@link SessionState}
 *  SHA-256       of everything before it
 * </pre>
 *
 * <p>Numbers in the envelope are big-endian, as CBOR's are. The envelope is the same in every
 * version. A newer minor version only adds fields; they are kept and written again. A newer major
 * version, or a flag that is set, is refused. The body uses definite or indefinite lengths, text
 * strings as field names, no tags but those of big integers, and no field name twice.
 *
 * <p>Decoding trusts nothing: it answers any bytes with a session in which every rule holds, or
 * with a child of {@link ManifestException}, and decodes no more than {@link Limits} allow.
 * Stateless and thread-safe.
 */
public final class Manifest {
  /**
   * The largest manifest there is: 1 GiB. Four bytes for each extent make that 2^28 of them, or 1
   * TiB of memory in which no page follows another; the ordinary manifest of a million extents has
   * 4 MB.
   */
  public static final int MAX_BYTES = 1 << 30;

  /**
   * How much longer than the largest manifest the memory around it may be: memfds are made of whole
   * pages.
   */
  private static final long MAX_PADDING_BYTES = 1 << 21;

  private static final int MAX_TEXT_CHARS = 1 << 20;
  private static final int MAX_FIELD_NAME_BYTES = 1 << 10;
  private static final int MAX_NUMBER_CHARS = 100;

  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxNestingDepth(TreeReader.MAX_DEPTH)
          .maxStringLength(MAX_TEXT_CHARS)
          .maxNameLength(MAX_FIELD_NAME_BYTES)
          .maxNumberLength(MAX_NUMBER_CHARS)
          .maxDocumentLength(MAX_BYTES)
          .build();

  private static final CBORFactory CBOR =
      CBORFactory.builder()
          .streamReadConstraints(CONSTRAINTS)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(CBORParser.Feature.READ_SIMPLE_VALUE_AS_EMBEDDED_OBJECT)
          .enable(CBORParser.Feature.READ_UNDEFINED_AS_EMBEDDED_OBJECT)
          .enable(CBORParser.Feature.DECODE_USING_STANDARD_NEGATIVE_BIGINT_ENCODING)
          .enable(CBORGenerator.Feature.ENCODE_USING_STANDARD_NEGATIVE_BIGINT_ENCODING)
          .build();

  private Manifest() {}

  /**
   * The manifest of a session.
   *
   * @throws IllegalArgumentException if a rule between its records is broken, so that the manifest
   *     would be refused when it is read
   * @throws ManifestTooLargeException if it would have more than {@link #MAX_BYTES}
   */
  public static byte[] encode(SessionState session) {
    SessionRules.Violation violation = SessionRules.check(session);
    if (violation != null) {
      throw new IllegalArgumentException(
          "the session cannot be written: " + violation.where() + ": " + violation.what());
    }
    Envelope.BoundedOutput output = new Envelope.BoundedOutput();
    try (JsonGenerator generator = CBOR.createGenerator(output)) {
      SessionCodec.write(new TreeWriter(generator, false), session);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the session cannot be written as CBOR: " + e.getMessage(), e);
    }
    byte[] envelope = Envelope.seal(output);
    requireDecodable(session, envelope.length);
    return envelope;
  }

  /**
   * Does ahead what the first {@link #decode(byte[])} in a JVM takes milliseconds for: loading the
   * digest's provider and the CBOR parser. Thread-safe.
   */
  public static void preload() {
    Envelope.digest(new byte[0], 0);
    try (JsonParser parser = CBOR.createParser(new byte[0])) {
      parser.nextToken();
    } catch (IOException e) {
      throw new AssertionError("nothing is read", e);
    }
  }

  /**
   * The session that a manifest holds.
   *
   * @param envelope the whole manifest and nothing else
   * @throws ManifestForeignException if it is no manifest
   * @throws ManifestTruncatedException if it is not complete
   * @throws ManifestTooLargeException if it says it has more than {@link #MAX_BYTES}
   * @throws ManifestCorruptException if it is damaged or breaks a rule
   * @throws ManifestTooNewException if a newer format was used
   */
  public static SessionState decode(byte[] envelope) {
    Envelope.check(envelope);
    int bodyBytes = envelope.length - Envelope.MIN_BYTES;
    TreeReader in = null;
    try (JsonParser parser = CBOR.createParser(envelope, Envelope.HEADER_BYTES, bodyBytes)) {
      in = new TreeReader(parser, false, 0, Limits.of(envelope.length));
      in.start();
      SessionState session = SessionCodec.read(in);
      in.finish();
      return checked(session);
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw in == null
          ? new ManifestCorruptException("byte " + Envelope.HEADER_BYTES, e.getMessage(), e)
          : in.corrupt(Json.messageOf(e), e);
    }
  }

  /**
   * The session that a manifest in memory holds: what {@link #decode(byte[])} returns for {@link
   * #copy}.
   *
   * @throws ManifestException as {@link #decode(byte[])}
   */
  public static SessionState decode(MemorySegment memory) {
    return decode(copy(memory));
  }

  /**
   * A copy of a manifest in memory, such as a mapped memfd; what follows the manifest up to the end
   * of its last page must be zero. Made once and before it is decoded, so that nobody can change it
   * in between.
   *
   * @throws ManifestException if it is no manifest, or not complete, or too large, or what follows
   *     it is not zero; nothing else about it is checked
   */
  public static byte[] copy(MemorySegment memory) {
    long sizeBytes = memory.byteSize();
    if (sizeBytes > MAX_BYTES + MAX_PADDING_BYTES) {
      throw new ManifestTooLargeException("the memory around the manifest", sizeBytes);
    }
    byte[] head = new byte[(int) Math.min(sizeBytes, Envelope.HEADER_BYTES)];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, head, 0, head.length);
    int lengthBytes = Envelope.lengthBytes(head);
    if (sizeBytes < lengthBytes) {
      throw new ManifestTruncatedException(sizeBytes, lengthBytes);
    }
    byte[] envelope = new byte[lengthBytes];
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, envelope, 0, lengthBytes);
    for (long at = lengthBytes; at < sizeBytes; at++) {
      if (memory.get(ValueLayout.JAVA_BYTE, at) != 0) {
        throw new ManifestCorruptException(
            "byte " + at, "the memory after the end of the manifest is not zero");
      }
    }
    return envelope;
  }

  /** The format that {@link #encode} writes, and the newest that is read, such as {@code 1.0}. */
  public static String format() {
    return Envelope.version();
  }

  /** How many bytes are enough for {@link #lengthBytes}. */
  public static final int HEADER_BYTES = Envelope.HEADER_BYTES;

  /**
   * How many bytes the manifest has that begins with these: known before anything is allocated for
   * it.
   *
   * @param head its first {@link #HEADER_BYTES} bytes, or all there are
   * @throws ManifestException if it is no manifest, or is or claims to be too large
   */
  public static int lengthBytes(byte[] head) {
    return Envelope.lengthBytes(head);
  }

  /**
   * The SHA-256 that a manifest ends in: 32 bytes that name it. Not checked against its content.
   *
   * @throws ManifestException if the bytes do not begin as a manifest, or end before it does
   */
  public static byte[] sha256(byte[] envelope) {
    int lengthBytes = Envelope.lengthBytes(envelope);
    if (envelope.length < lengthBytes) {
      throw new ManifestTruncatedException(envelope.length, lengthBytes);
    }
    return Arrays.copyOfRange(envelope, lengthBytes - Envelope.DIGEST_BYTES, lengthBytes);
  }

  /** A session as JSON for people, indented; it need not keep the rules between its records. */
  public static String toJson(SessionState session) {
    StringWriter text = new StringWriter();
    writeJson(session, text);
    return text.append('\n').toString();
  }

  /** Writes what {@link #toJson} returns, but for the line break at its end; closes nothing. */
  public static void writeJson(SessionState session, Writer to) {
    Json.write(session, to);
  }

  /**
   * The session that {@link #toJson} wrote.
   *
   * @throws ManifestForeignException if it does not begin as that JSON does
   * @throws ManifestCorruptException if it is no JSON, or breaks a rule
   * @throws ManifestTooNewException if a newer format was used
   */
  public static SessionState fromJson(String json) {
    return Json.read(json, CONSTRAINTS);
  }

  /** What would be too much to be read again is not written. */
  private static void requireDecodable(SessionState session, long bytes) {
    long objects = 2L + values(session.extensions()) + values(session.host().extensions());
    objects += session.bootChain().size() + session.files().size() + session.devices().size();
    long extents = 0;
    for (BackingFile file : session.files()) {
      objects += values(file.extensions());
    }
    for (DeviceState device : session.devices()) {
      objects += values(device.extensions());
    }
    for (IoasState ioas : session.ioases()) {
      objects += 1L + values(ioas.extensions()) + ioas.mappings().size();
      for (MappingState mapping : ioas.mappings()) {
        objects += values(mapping.extensions());
        extents += mapping.extents().size();
      }
    }
    if (!Limits.of(bytes).allow(objects, extents)) {
      throw new ManifestTooLargeException(objects, extents, bytes);
    }
  }

  private static int values(Extensions extensions) {
    return extensions.valueCount();
  }

  /** The session, if it keeps the rules between its records. */
  static SessionState checked(SessionState session) {
    SessionRules.Violation violation = SessionRules.check(session);
    if (violation != null) {
      throw new ManifestCorruptException(violation.where(), violation.what());
    }
    return session;
  }
}
