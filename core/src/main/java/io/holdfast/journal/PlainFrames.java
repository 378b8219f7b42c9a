package io.holdfast.journal;

import io.holdfast.disk.DiskFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Frames written one behind the other into a plain file.
 *
 * <p>Readers tell no difference. A journal that is begun by a restore is such a file, since loading
 * Chronicle would keep the driver waiting; its first change has it move into a map.
 */
final class PlainFrames implements FrameStore {
  private final DiskFile file;
  private final long capacityBytes;
  private long at;

  PlainFrames(DiskFile file, long capacityBytes) {
    this.file = file;
    this.capacityBytes = capacityBytes;
  }

  @Override
  public boolean hasRoomFor(int frameBytes) {
    return at + frameBytes <= capacityBytes;
  }

  @Override
  public boolean isFilledTo(int permille) {
    return at * 1000 > capacityBytes * permille;
  }

  @Override
  public void insert(long sequence, Place frame) {
    try {
      file.write(ByteBuffer.wrap(frame.bytes, frame.at, frame.length), at);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    at += frame.length;
  }

  @Override
  public void close() {
    // The file is its owner's to close.
  }
}
