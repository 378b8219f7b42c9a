package io.holdfast.journal;

import io.holdfast.journal.JournalRecord.DeviceBound;
import io.holdfast.journal.JournalRecord.DeviceUnbound;
import io.holdfast.journal.JournalRecord.FileAdded;
import io.holdfast.journal.JournalRecord.FileRemoved;
import io.holdfast.journal.JournalRecord.IoasAdded;
import io.holdfast.journal.JournalRecord.IoasRemoved;
import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.JournalRecord.MappingRemoved;
import io.holdfast.journal.JournalRecord.Restored;
import io.holdfast.journal.JournalRecord.SealCancelled;
import io.holdfast.journal.JournalRecord.Sealed;
import io.holdfast.journal.JournalRecord.SessionOpened;
import io.holdfast.journal.Source.MalformedException;
import io.holdfast.model.HoldfastException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A record in bytes.
 *
 * <pre>
 *   | kind | length of the body | body …        kind: 1 byte, the numbers below; length: 4 bytes
 * </pre>
 *
 * <p>In the bodies, numbers are varints, text is its length and UTF-8, a UUID is two 8-byte
 * numbers, high half first. {@link ModelCodec} draws the larger parts.
 */
final class RecordCodec {
  private static final int SESSION_OPENED = 1;
  private static final int FILE_ADDED = 2;
  private static final int FILE_REMOVED = 3;
  private static final int IOAS_ADDED = 4;
  private static final int IOAS_REMOVED = 5;
  private static final int MAPPING_ADDED = 6;
  private static final int MAPPING_REMOVED = 7;
  private static final int DEVICE_BOUND = 8;
  private static final int DEVICE_UNBOUND = 9;
  private static final int SEALED = 10;
  private static final int SEAL_CANCELLED = 11;
  private static final int RESTORED = 12;

  private RecordCodec() {}

  static void write(Sink sink, JournalRecord record) {
    sink.u8(kind(record));
    int lengthAt = sink.reserve32();
    int start = sink.size();
    switch (record) {
      case SessionOpened opened -> writeSession(sink, opened);
      case FileAdded added -> ModelCodec.writeFile(sink, added.file());
      case FileRemoved removed -> sink.varint(removed.token());
      case IoasAdded added -> {
        sink.text(added.name());
        ExtensionsCodec.write(sink, added.extensions());
      }
      case IoasRemoved removed -> sink.text(removed.name());
      case MappingAdded added -> {
        sink.text(added.ioas());
        ModelCodec.writeMapping(sink, added.mapping());
      }
      case MappingRemoved removed -> {
        sink.text(removed.ioas());
        sink.text(removed.name());
      }
      case DeviceBound bound -> ModelCodec.writeDevice(sink, bound.device());
      case DeviceUnbound unbound -> ModelCodec.writeAddress(sink, unbound.address());
      case Sealed sealed -> {
        writeInstant(sink, sealed.at());
        sink.bytes(sealed.manifestSha256());
      }
      case SealCancelled cancelled -> {}
      case Restored restored -> {
        sink.varint(restored.generation());
        writeUuid(sink, restored.bootId());
      }
    }
    sink.patch(lengthAt, sink.size() - start);
  }

  private static int kind(JournalRecord record) {
    return switch (record) {
      case SessionOpened opened -> SESSION_OPENED;
      case FileAdded added -> FILE_ADDED;
      case FileRemoved removed -> FILE_REMOVED;
      case IoasAdded added -> IOAS_ADDED;
      case IoasRemoved removed -> IOAS_REMOVED;
      case MappingAdded added -> MAPPING_ADDED;
      case MappingRemoved removed -> MAPPING_REMOVED;
      case DeviceBound bound -> DEVICE_BOUND;
      case DeviceUnbound unbound -> DEVICE_UNBOUND;
      case Sealed sealed -> SEALED;
      case SealCancelled cancelled -> SEAL_CANCELLED;
      case Restored restored -> RESTORED;
    };
  }

  /** Every record of a change. */
  static List<JournalRecord> readAll(Source source) throws MalformedException {
    List<JournalRecord> records = new ArrayList<>();
    while (!source.isAtEnd()) {
      records.add(read(source));
    }
    return records;
  }

  /** The next record of a change. */
  static JournalRecord read(Source source) throws MalformedException {
    int kind = source.u8();
    Source body = source.part(source.u32());
    try {
      JournalRecord record = readBody(kind, body);
      if (!body.isAtEnd()) {
        throw new MalformedException("a record of kind " + kind + " with bytes left over");
      }
      return record;
    } catch (IllegalArgumentException | DateTimeException | HoldfastException e) {
      throw new MalformedException(
          "a record of kind " + kind + " that makes no sense: " + e.getMessage(), e);
    }
  }

  private static JournalRecord readBody(int kind, Source body) throws MalformedException {
    return switch (kind) {
      case SESSION_OPENED -> readSession(body);
      case FILE_ADDED -> new FileAdded(ModelCodec.readFile(body));
      case FILE_REMOVED -> new FileRemoved(body.varint());
      case IOAS_ADDED -> new IoasAdded(body.text(), ExtensionsCodec.read(body));
      case IOAS_REMOVED -> new IoasRemoved(body.text());
      case MAPPING_ADDED -> new MappingAdded(body.text(), ModelCodec.readMapping(body));
      case MAPPING_REMOVED -> new MappingRemoved(body.text(), body.text());
      case DEVICE_BOUND -> new DeviceBound(ModelCodec.readDevice(body));
      case DEVICE_UNBOUND -> new DeviceUnbound(ModelCodec.readAddress(body));
      case SEALED -> new Sealed(readInstant(body), body.bytes());
      case SEAL_CANCELLED -> new SealCancelled();
      case RESTORED -> new Restored(body.varint(), readUuid(body));
      default -> throw new MalformedException("a record of unknown kind " + kind);
    };
  }

  private static void writeSession(Sink sink, SessionOpened opened) {
    sink.text(opened.name());
    writeUuid(sink, opened.journal());
    sink.varint(opened.generation());
    ModelCodec.writeHost(sink, opened.host());
    sink.varint(opened.bootChain().size());
    for (UUID bootId : opened.bootChain()) {
      writeUuid(sink, bootId);
    }
    ExtensionsCodec.write(sink, opened.extensions());
  }

  private static SessionOpened readSession(Source body) throws MalformedException {
    String name = body.text();
    UUID journal = readUuid(body);
    long generation = body.varint();
    var host = ModelCodec.readHost(body);
    int boots = body.count(16);
    List<UUID> bootChain = new ArrayList<>(boots);
    for (int i = 0; i < boots; i++) {
      bootChain.add(readUuid(body));
    }
    return new SessionOpened(
        name, journal, generation, host, bootChain, ExtensionsCodec.read(body));
  }

  @SuppressWarnings(
      "JavaInstantGetSecondsGetNano") // both parts are written, and put together again
  static void writeInstant(Sink sink, Instant instant) {
    sink.u64(instant.getEpochSecond());
    sink.varint(instant.getNano());
  }

  static Instant readInstant(Source source) throws MalformedException {
    return Instant.ofEpochSecond(source.u64(), source.varint());
  }

  static void writeUuid(Sink sink, UUID uuid) {
    sink.u64(uuid.getMostSignificantBits());
    sink.u64(uuid.getLeastSignificantBits());
  }

  static UUID readUuid(Source source) throws MalformedException {
    return new UUID(source.u64(), source.u64());
  }
}
