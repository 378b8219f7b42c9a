package io.holdfast.engine;

import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import java.util.zip.CRC32C;

/** The CRC-32C of a memfd's content. */
final class ContentChecksum {
  /** How much is mapped at a time; a ByteBuffer cannot view more than 2 GiB. */
  private static final long WINDOW_BYTES = 256L << 20;

  private ContentChecksum() {}

  /** The checksum of the first {@code sizeBytes} bytes, 0 to 2^32-1. */
  static long of(Memfd memfd, long sizeBytes) {
    CRC32C checksum = new CRC32C();
    for (long offset = 0; offset < sizeBytes; offset += WINDOW_BYTES) {
      try (MappedMemory window = memfd.map(offset, Math.min(WINDOW_BYTES, sizeBytes - offset))) {
        checksum.update(window.segment().asByteBuffer());
      }
    }
    return checksum.getValue();
  }
}
