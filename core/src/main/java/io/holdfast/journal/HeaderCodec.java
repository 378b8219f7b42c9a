package io.holdfast.journal;

import io.holdfast.serializer.CompactForm;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Sink;
import io.holdfast.serializer.Source;
import java.util.UUID;

/**
 * The payload of the batch with sequence 0.
 *
 * <pre>
 *   | file length: 8 bytes | session | host | boot id | generation | pid | start time | command | begun at |
 * </pre>
 *
 * <p>The length is that of the whole file, so that a file that was cut or had something added to it
 * is told. The journal's UUID stands in the frame.
 */
final class HeaderCodec {
  record Header(JournalHeader journal, long fileBytes) {}

  /** It fits into one frame. */
  private static final Limits LIMITS = Limits.of(Frame.MAX_BYTES);

  private HeaderCodec() {}

  static void write(Sink sink, JournalHeader header, long fileBytes) {
    sink.u64(fileBytes);
    sink.text(header.session());
    CompactForm.write(sink, header.host());
    sink.uuid(header.bootId());
    sink.varint(header.generation());
    sink.varint(header.pid());
    sink.varint(header.startTimeTicks());
    sink.text(header.command());
    sink.instant(header.begunAt());
  }

  /**
   * The header.
   *
   * @throws MalformedException if it is none, or cannot be
   */
  static Header read(UUID journal, Source source) {
    long fileBytes = source.u64();
    try {
      return new Header(
          new JournalHeader(
              journal,
              source.text(),
              CompactForm.readHost(source, LIMITS),
              source.uuid(),
              source.varint(),
              source.varint(),
              source.varint(),
              source.text(),
              source.instant()),
          fileBytes);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a header that makes no sense: " + e.getMessage(), e);
    }
  }
}
