package io.holdfast.journal;

import io.holdfast.disk.DiskFile;
import io.holdfast.journal.HeaderCodec.Header;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Source;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What {@link InOrderScan} reads, as the state it amounts to. Used once, by one thread. */
final class InOrderReading implements InOrderScan.Changes {
  private final long fileBytes;
  private final byte[] tailPage;
  private final Limits limits;
  private int format;
  private int fileNumber;
  private long batches;
  private JournalHeader header;
  private JournalFold fold;

  private InOrderReading(long fileBytes, byte[] tailPage) {
    this.fileBytes = fileBytes;
    this.tailPage = tailPage;
    this.limits = Limits.of(fileBytes);
  }

  /**
   * Reads an undamaged file.
   *
   * @param tailPage the file's last page, read before anything else
   * @return nothing if anything is out of the ordinary
   */
  static Optional<JournalReader.Reading> of(DiskFile file, long fileBytes, byte[] tailPage)
      throws IOException {
    InOrderReading reading = new InOrderReading(fileBytes, tailPage);
    return InOrderScan.run(file, reading)
        ? Optional.of(
            new JournalReader.Reading(
                reading.format,
                reading.header,
                reading.fileNumber,
                reading.fold,
                reading.batches,
                List.of()))
        : Optional.empty();
  }

  @Override
  public long header(int version, UUID journal, int number, Source source) {
    format = version;
    fileNumber = number;
    Header read = HeaderCodec.read(version, journal, source);
    if (read.fileBytes() != fileBytes) {
      return -1;
    }
    header = read.journal();
    fold = new JournalFold(header);
    batches = Tail.acknowledged(tailPage, version, journal, number);
    return batches;
  }

  @Override
  public void change(int records, Source source) {
    int count = 0;
    while (!source.isAtEnd()) {
      fold.apply(RecordCodec.read(format, source, limits));
      fold.require(limits);
      count++;
    }
    if (count != records) {
      throw new MalformedException(count + " records of " + records);
    }
  }
}
