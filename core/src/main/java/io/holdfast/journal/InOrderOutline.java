package io.holdfast.journal;

import io.holdfast.journal.HeaderCodec.Header;
import io.holdfast.serializer.Source;
import java.util.UUID;

/**
 * What {@link InOrderScan} finds out of a file without looking into its changes. Used once, by one
 * thread.
 */
class InOrderOutline implements InOrderScan.Changes {
  private final long fileBytes;
  private final byte[] tailPage;
  private JournalReader.Outline outline;
  private int fileNumber;
  private long batches;

  /**
   * The outline of a file.
   *
   * @param fileBytes how long the file is
   * @param tailPage its last page, read before anything else
   */
  InOrderOutline(long fileBytes, byte[] tailPage) {
    this.fileBytes = fileBytes;
    this.tailPage = tailPage;
  }

  final JournalReader.Outline outline() {
    return outline;
  }

  final int fileNumber() {
    return fileNumber;
  }

  /** How many batches there are, the header's among them. */
  final long batches() {
    return batches;
  }

  @Override
  public long header(int version, UUID journal, int number, Source source) {
    Header read = HeaderCodec.read(version, journal, source);
    if (read.fileBytes() != fileBytes) {
      return -1;
    }
    outline = new JournalReader.Outline(version, read.journal());
    fileNumber = number;
    batches = Tail.acknowledged(tailPage, version, journal, number);
    return batches;
  }

  @Override
  public void change(int records, Source source) {
    // That it is there, and whole, is all that is asked.
  }
}
