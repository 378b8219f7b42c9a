package io.holdfast.session;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * How long the pages of the retrieved memfds were not pinned: for each, the time from the end of
 * its LIVEUPDATE_SESSION_RETRIEVE_FD to the end of its last IOMMU_IOAS_MAP_FILE, in nanoseconds.
 *
 * <p>The kernel may move a page of a retrieved memfd until it is pinned; a page that was moved is
 * found when the addresses are compared, and ends the restore. Immutable and thread-safe.
 *
 * @param files how many memfds were retrieved and mapped, at least 1
 * @param medianNanos the median, at least 0
 * @param maxNanos the longest, at least the median
 * @param slowest the name of the memfd that took the longest
 */
public record PinDelays(int files, long medianNanos, long maxNanos, String slowest) {
  /** Those of memfds by their names; empty if there are none. */
  public static Optional<PinDelays> of(Map<String, Long> nanosByName) {
    return nanosByName.entrySet().stream()
        .max((one, other) -> Long.compare(one.getValue(), other.getValue()))
        .map(longest -> {
          long[] nanos = nanosByName.values().stream().mapToLong(Long::longValue).toArray();
          Arrays.sort(nanos);
          return new PinDelays(
              nanos.length, nanos[nanos.length / 2], longest.getValue(), longest.getKey());
        });
  }
}
