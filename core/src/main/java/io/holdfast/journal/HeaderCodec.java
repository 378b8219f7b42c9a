package io.holdfast.journal;

import io.holdfast.journal.Source.MalformedException;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.HostIdentity;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The payload of the batch with sequence 0.
 *
 * <pre>
 *   | file length: 8 bytes | session | boot id | generation | pid | start time | host | command | begun at |
 * </pre>
 *
 * <p>Format 1 ends with the host. The length is that of the whole file, so that a file that was cut
 * or had something added to it is told. The journal's UUID stands in the frame.
 */
final class HeaderCodec {
  record Header(JournalHeader journal, long fileBytes) {}

  private HeaderCodec() {}

  static void write(Sink sink, JournalHeader header, long fileBytes) {
    sink.u64(fileBytes);
    sink.text(header.session());
    RecordCodec.writeUuid(sink, header.bootId());
    sink.varint(header.generation());
    sink.varint(header.pid());
    sink.varint(header.startTimeTicks());
    ModelCodec.writeHost(sink, header.host());
    sink.text(header.command().orElse(""));
    RecordCodec.writeInstant(sink, header.begunAt().orElse(Instant.EPOCH));
  }

  static Header read(int format, UUID journal, Source source) throws MalformedException {
    long fileBytes = source.u64();
    String session = source.text();
    UUID bootId = RecordCodec.readUuid(source);
    long generation = source.varint();
    long pid = source.varint();
    long startTimeTicks = source.varint();
    try {
      HostIdentity host = ModelCodec.readHost(source);
      boolean namesWriter = format > 1;
      return new Header(
          new JournalHeader(
              journal,
              session,
              host,
              bootId,
              generation,
              pid,
              startTimeTicks,
              namesWriter ? Optional.of(source.text()) : Optional.empty(),
              namesWriter ? Optional.of(RecordCodec.readInstant(source)) : Optional.empty()),
          fileBytes);
    } catch (IllegalArgumentException | DateTimeException | HoldfastException e) {
      throw new MalformedException("a header that makes no sense: " + e.getMessage(), e);
    }
  }
}
