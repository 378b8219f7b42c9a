package io.holdfast.journal;

import io.holdfast.journal.Source.MalformedException;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.HostIdentity;
import java.util.UUID;

/**
 * The payload of the batch with sequence 0.
 *
 * <pre>
 *   | file length: 8 bytes | session | boot id | generation | pid | start time | host |
 * </pre>
 *
 * <p>The length is that of the whole file, so that a file that was cut or had something added to it
 * is told. The journal's UUID stands in the frame.
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
  }

  static Header read(UUID journal, Source source) throws MalformedException {
    long fileBytes = source.u64();
    String session = source.text();
    UUID bootId = RecordCodec.readUuid(source);
    long generation = source.varint();
    long pid = source.varint();
    long startTimeTicks = source.varint();
    try {
      HostIdentity host = ModelCodec.readHost(source);
      return new Header(
          new JournalHeader(journal, session, host, bootId, generation, pid, startTimeTicks),
          fileBytes);
    } catch (IllegalArgumentException | HoldfastException e) {
      throw new MalformedException("a header that makes no sense: " + e.getMessage(), e);
    }
  }
}
