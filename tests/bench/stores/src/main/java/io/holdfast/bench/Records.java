package io.holdfast.bench;

import io.holdfast.journal.JournalRecord.MappingAdded;
import io.holdfast.journal.RawBatches;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * The records that every store gets: mappings of buffers that lie scattered in memory, a page an
 * extent, the same in every process.
 *
 * @param mappings them as the journal takes them
 * @param encoded them as the other stores take them: the bytes the journal makes of them
 * @param fileBytes how large the file behind the buffers is
 * @param encodedBytes how many bytes they are together
 */
@SuppressWarnings("ArrayRecordComponent") // a bundle of parameters, never compared
record Records(MappingAdded[] mappings, byte[][] encoded, long fileBytes, long encodedBytes) {
  static final String IOAS = "rings";
  static final long PAGE_BYTES = 4096;

  static Records of(int count, int extents) {
    RandomGenerator random = new Random(1);
    MappingAdded[] mappings = new MappingAdded[count];
    byte[][] encoded = new byte[count][];
    long bytes = extents * PAGE_BYTES;
    long encodedBytes = 0;
    for (int i = 0; i < count; i++) {
      ExtentList.Builder behind = ExtentList.builder(extents);
      for (int e = 0; e < extents; e++) {
        // Never two that touch, within 128 GiB.
        behind.add(random.nextLong(1L << 24) * 2 * PAGE_BYTES, PAGE_BYTES);
      }
      MappingState mapping =
          new MappingState(
              "nic0/rx-queue-" + i % 8 + "/buffer-" + i,
              new IovaRange((1L << 32) + i * bytes, bytes),
              true,
              true,
              new MappingState.File(1, i * bytes),
              Policy.REQUIRED,
              behind.build());
      mappings[i] = new MappingAdded(IOAS, mapping);
      encoded[i] = RawBatches.encode(mappings[i]);
      encodedBytes += encoded[i].length;
    }
    return new Records(mappings, encoded, count * bytes, encodedBytes);
  }

  int count() {
    return encoded.length;
  }

  int averageBytes() {
    return (int) (encodedBytes / count());
  }
}
