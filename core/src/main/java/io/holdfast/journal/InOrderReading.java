package io.holdfast.journal;

import io.holdfast.disk.DiskFile;
import io.holdfast.serializer.Limits;
import io.holdfast.serializer.MalformedException;
import io.holdfast.serializer.Source;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What {@link InOrderScan} reads, as the state it amounts to. Used once, by one thread. */
final class InOrderReading extends InOrderOutline {
  private final Limits limits;
  private JournalFold fold;

  private InOrderReading(long fileBytes, byte[] tailPage) {
    super(fileBytes, tailPage);
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
    return InOrderScan.run(file, reading) ? Optional.of(reading.reading()) : Optional.empty();
  }

  private JournalReader.Reading reading() {
    return new JournalReader.Reading(
        outline().format(), outline().header(), fileNumber(), fold, batches(), List.of());
  }

  @Override
  public long header(int version, UUID journal, int number, Source source) {
    long batches = super.header(version, journal, number, source);
    if (batches > 0) {
      fold = new JournalFold(outline().header());
    }
    return batches;
  }

  @Override
  public void change(int records, Source source) {
    int count = 0;
    while (!source.isAtEnd()) {
      fold.apply(RecordCodec.read(outline().format(), source, limits));
      fold.require(limits);
      count++;
    }
    if (count != records) {
      throw new MalformedException(count + " records of " + records);
    }
  }
}
