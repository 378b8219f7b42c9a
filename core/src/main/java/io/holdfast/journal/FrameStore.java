package io.holdfast.journal;

/** Where a file's frames go, one after the other. Not thread-safe. */
interface FrameStore extends AutoCloseable {
  /** One frame, from where it is put together: its header, and where its payload lies. */
  final class Parts {
    final byte[] header = new byte[Frame.HEADER_BYTES];
    byte[] payload = {};
    int payloadAt;
    int payloadLength;
  }

  /** Whether a frame with a payload of so many bytes can be added. */
  boolean hasRoomFor(int payloadBytes);

  /**
   * Adds a frame, for which there must be room; it survives the death of the process when this
   * returns.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  void insert(long sequence, Parts frame);

  @Override
  void close();
}
