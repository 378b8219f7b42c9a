package io.holdfast.journal;

import io.holdfast.model.HostIdentity;
import io.holdfast.serializer.CompactForm;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Sink;
import io.holdfast.serializer.Source;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The payload of the batch with sequence 0.
 *
 * <pre>
 *   | file length: 8 bytes | session | host | boot id | generation | pid | start time | command | begun at |
 * </pre>
 *
 * <p>The length is that of the whole file, so that a file that was cut or had something added to it
 * is told. The journal's UUID stands in the frame. In formats 1 and 2 the host comes before the
 * command; format 1 ends with it.
 */
final class HeaderCodec {
  record Header(JournalHeader journal, long fileBytes) {}

  /** It fits into one frame. */
  private static final Limits LIMITS = Limits.of(Frame.MAX_BYTES);

  /** The format in which the host is {@link CompactForm}'s for the first time. */
  private static final int FIRST_COMPACT_FORMAT = 3;

  private HeaderCodec() {}

  static void write(Sink sink, JournalHeader header, long fileBytes) {
    sink.u64(fileBytes);
    sink.text(header.session());
    CompactForm.write(sink, header.host());
    sink.uuid(header.bootId());
    sink.varint(header.generation());
    sink.varint(header.pid());
    sink.varint(header.startTimeTicks());
    sink.text(header.command().orElse("?"));
    sink.instant(header.begunAt().orElse(Instant.EPOCH));
  }

  /**
   * The header.
   *
   * @throws MalformedException if it is none, or cannot be
   */
  static Header read(int format, UUID journal, Source source) {
    long fileBytes = source.u64();
    try {
      if (format < FIRST_COMPACT_FORMAT) {
        return new Header(older(format, journal, source), fileBytes);
      }
      return new Header(
          new JournalHeader(
              journal,
              source.text(),
              CompactForm.readHost(source, LIMITS),
              source.uuid(),
              source.varint(),
              source.varint(),
              source.varint(),
              Optional.of(source.text()),
              Optional.of(source.instant())),
          fileBytes);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a header that makes no sense: " + e.getMessage(), e);
    }
  }

  private static JournalHeader older(int format, UUID journal, Source source) {
    String session = source.text();
    UUID bootId = source.uuid();
    long generation = source.varint();
    long pid = source.varint();
    long startTimeTicks = source.varint();
    HostIdentity host = new OlderRecords(source, LIMITS).host();
    boolean namesWriter = format > 1;
    return new JournalHeader(
        journal,
        session,
        host,
        bootId,
        generation,
        pid,
        startTimeTicks,
        namesWriter ? Optional.of(JournalHeader.shown(source.text())) : Optional.empty(),
        namesWriter ? Optional.of(source.instant()) : Optional.empty());
  }
}
