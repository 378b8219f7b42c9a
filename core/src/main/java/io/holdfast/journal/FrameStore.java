package io.holdfast.journal;

/** Where a file's frames go, one after the other. Not thread-safe. */
interface FrameStore extends AutoCloseable {
  /** Where a frame lies; one instance is used again and again. */
  final class Place {
    byte[] bytes = {};
    int at;
    int length;
  }

  /** Whether a frame of so many bytes can be added. */
  boolean hasRoomFor(int frameBytes);

  /** Whether more than so many thousandths of what it can hold are used. */
  boolean isFilledTo(int permille);

  /**
   * Adds a frame, for which there must be room; it survives the death of the process when this
   * returns.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  void insert(long sequence, Place frame);

  @Override
  void close();
}
