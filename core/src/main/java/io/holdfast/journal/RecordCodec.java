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
import io.holdfast.model.IoasState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.CompactForm;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Sink;
import io.holdfast.serializer.Source;
import java.util.ArrayList;
import java.util.List;

/**
 * A record in bytes.
 *
 * <pre>
 *   | kind | length of the body | body …        kind: 1 byte, the numbers below; length: 4 bytes
 * </pre>
 *
 * <p>The bodies of records that add something are {@link CompactForm}'s: a session without
 * contents, an IOAS without mappings, a file, the name of an IOAS and a mapping, a device. The
 * others name what they are about: a varint token, text, a packed PCI address (4 bytes); Sealed is
 * the time and the SHA-256, Restored the generation and the boot id. Formats 1 and 2 had bodies of
 * their own, which {@link OlderRecords} reads.
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

  /** The format in which the bodies are {@link CompactForm}'s for the first time. */
  private static final int FIRST_COMPACT_FORMAT = 3;

  private RecordCodec() {}

  static void write(Sink sink, JournalRecord record) {
    sink.u8(kind(record));
    int lengthAt = sink.reserve32();
    int start = sink.size();
    switch (record) {
      case SessionOpened opened -> CompactForm.write(sink, opened.session());
      case FileAdded added -> CompactForm.write(sink, added.file());
      case FileRemoved removed -> sink.varint(removed.token());
      case IoasAdded added -> CompactForm.write(sink, added.ioas());
      case IoasRemoved removed -> sink.text(removed.name());
      case MappingAdded added -> {
        sink.text(added.ioas());
        CompactForm.write(sink, added.mapping());
      }
      case MappingRemoved removed -> {
        sink.text(removed.ioas());
        sink.text(removed.name());
      }
      case DeviceBound bound -> CompactForm.write(sink, bound.device());
      case DeviceUnbound unbound -> sink.u32(unbound.address().packed());
      case Sealed sealed -> {
        sink.instant(sealed.at());
        sink.bytes(sealed.manifestSha256());
      }
      case SealCancelled cancelled -> {}
      case Restored restored -> {
        sink.varint(restored.generation());
        sink.uuid(restored.bootId());
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

  /** Every record of a change in this format. */
  static List<JournalRecord> readAll(int format, Source source, Limits limits) {
    List<JournalRecord> records = new ArrayList<>();
    while (!source.isAtEnd()) {
      if (records.size() == limits.objects()) {
        throw new MalformedException("a change of more than " + limits.objects() + " records");
      }
      records.add(read(format, source, limits));
    }
    return records;
  }

  /**
   * The next record of a change.
   *
   * @param format the format of the file, at most {@link Frame#VERSION}
   * @param limits how much one record may hold
   * @throws MalformedException if it is none, or cannot be
   */
  static JournalRecord read(int format, Source source, Limits limits) {
    int kind = source.u8();
    Source body = source.part(source.u32());
    JournalRecord record;
    try {
      record =
          format < FIRST_COMPACT_FORMAT
              ? readOlderBody(kind, body, limits)
              : readBody(kind, body, limits);
    } catch (IllegalArgumentException e) {
      throw new MalformedException(
          "a record of kind " + kind + " that makes no sense: " + e.getMessage(), e);
    }
    if (!body.isAtEnd()) {
      throw new MalformedException("a record of kind " + kind + " with bytes left over");
    }
    return record;
  }

  private static JournalRecord readBody(int kind, Source body, Limits limits) {
    return switch (kind) {
      case SESSION_OPENED -> opened(CompactForm.readSession(body, limits));
      case FILE_ADDED -> new FileAdded(CompactForm.readFile(body, limits));
      case FILE_REMOVED -> new FileRemoved(body.varint());
      case IOAS_ADDED -> added(CompactForm.readIoas(body, limits));
      case IOAS_REMOVED -> new IoasRemoved(body.text());
      case MAPPING_ADDED -> new MappingAdded(body.text(), CompactForm.readMapping(body, limits));
      case MAPPING_REMOVED -> new MappingRemoved(body.text(), body.text());
      case DEVICE_BOUND -> new DeviceBound(CompactForm.readDevice(body, limits));
      case DEVICE_UNBOUND -> new DeviceUnbound(PciAddress.ofPacked(body.u32()));
      case SEALED -> new Sealed(body.instant(), body.bytes());
      case SEAL_CANCELLED -> new SealCancelled();
      case RESTORED -> new Restored(body.varint(), body.uuid());
      default -> throw new MalformedException("a record of unknown kind " + kind);
    };
  }

  private static JournalRecord readOlderBody(int kind, Source body, Limits limits) {
    OlderRecords older = new OlderRecords(body, limits);
    return switch (kind) {
      case SESSION_OPENED -> older.session();
      case FILE_ADDED -> older.file();
      case IOAS_ADDED -> older.ioas();
      case MAPPING_ADDED -> older.mapping();
      case DEVICE_BOUND -> older.deviceBound();
      case DEVICE_UNBOUND -> older.deviceUnbound();
      // The others are as they were.
      default -> readBody(kind, body, limits);
    };
  }

  private static SessionOpened opened(SessionState session) {
    if (session.sealedAt().isPresent()
        || session.iommufdToken().isPresent()
        || !session.files().isEmpty()
        || !session.ioases().isEmpty()
        || !session.devices().isEmpty()) {
      throw new MalformedException("a session that begins with something in it");
    }
    return new SessionOpened(
        session.name(),
        session.journal(),
        session.generation(),
        session.host(),
        session.bootChain(),
        session.extensions());
  }

  private static IoasAdded added(IoasState ioas) {
    if (!ioas.mappings().isEmpty()) {
      throw new MalformedException("an IOAS that begins with mappings");
    }
    return new IoasAdded(ioas);
  }
}
