package io.holdfast.serializer;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.Extensions;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.io.IOException;

/**
 * The records of the model in the form that the journal has them in, drawn at {@link
 * CompactWriter}.
 *
 * <p>The fields are those of the manifest: one list of them serves both. What a record may hold is
 * checked while it is read, and how much by {@link Limits}; a {@link MalformedException} or another
 * {@link IllegalArgumentException} says what is wrong. Stateless and thread-safe.
 */
public final class CompactForm {
  /** Reads one kind of record. */
  @FunctionalInterface
  private interface Reading<T> {
    T read(RecordReader in) throws IOException;
  }

  /** Writes one kind of record. */
  @FunctionalInterface
  private interface Writing {
    void write(RecordWriter out) throws IOException;
  }

  private CompactForm() {}

  /** Writes a host. */
  public static void write(Sink sink, HostIdentity host) {
    write(sink, out -> HostCodec.write(out, host));
  }

  /** Reads a host. */
  public static HostIdentity readHost(Source source, Limits limits) {
    return read(source, limits, HostCodec::read);
  }

  /** Writes a file. */
  public static void write(Sink sink, BackingFile file) {
    write(sink, out -> FileCodec.write(out, file));
  }

  /** Reads a file. */
  public static BackingFile readFile(Source source, Limits limits) {
    return read(source, limits, FileCodec::read);
  }

  /** Writes an IOAS. */
  public static void write(Sink sink, IoasState ioas) {
    write(sink, out -> IoasCodec.write(out, ioas));
  }

  /** Reads an IOAS. */
  public static IoasState readIoas(Source source, Limits limits) {
    return read(source, limits, IoasCodec::read);
  }

  /** Writes a mapping. */
  public static void write(Sink sink, MappingState mapping) {
    try {
      MappingCodec.write(sink.records(), mapping);
    } catch (IOException e) {
      throw new AssertionError("a sink does no input or output", e);
    }
  }

  /** Reads a mapping. */
  public static MappingState readMapping(Source source, Limits limits) {
    return read(source, limits, MappingCodec::read);
  }

  /** Writes a device. */
  public static void write(Sink sink, DeviceState device) {
    write(sink, out -> DeviceCodec.write(out, device));
  }

  /** Reads a device. */
  public static DeviceState readDevice(Source source, Limits limits) {
    return read(source, limits, DeviceCodec::read);
  }

  /** Writes a session and everything in it. */
  public static void write(Sink sink, SessionState session) {
    write(sink, out -> SessionCodec.write(out, session));
  }

  /** Reads a session and everything in it. */
  public static SessionState readSession(Source source, Limits limits) {
    return read(source, limits, SessionCodec::read);
  }

  /**
   * Reads unknown fields that stand outside of a record, as they did in the journal's older
   * formats.
   */
  public static Extensions readExtensions(Source source, Limits limits) {
    return read(source, limits, in -> new Extensions(CompactTrees.read(source, in)));
  }

  private static void write(Sink sink, Writing writing) {
    try {
      writing.write(sink.records());
    } catch (IOException e) {
      throw new AssertionError("a sink does no input or output", e);
    }
  }

  private static <T> T read(Source source, Limits limits, Reading<T> reading) {
    try {
      return reading.read(new CompactReader(source, limits));
    } catch (IOException e) {
      throw new AssertionError("a source does no input or output", e);
    }
  }
}
