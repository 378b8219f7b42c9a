package io.holdfast.session;

import io.holdfast.model.IovaRange;
import io.holdfast.model.PciAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a session came to be: restored or started fresh, and what was found.
 *
 * @param outcome what happened
 * @param reason in one sentence, why
 * @param generation how many live updates the session has now come through
 * @param devices what became of each device
 * @param buffers what became of each buffer
 * @param notices what the operator should know: damage that was found, things that were left out
 * @param pinDelays how long retrieved pages were not pinned; empty where none were both retrieved
 *     and mapped
 */
public record RestoreReport(
    Outcome outcome,
    String reason,
    long generation,
    List<DeviceResult> devices,
    List<BufferResult> buffers,
    List<String> notices,
    Optional<PinDelays> pinDelays) {
  /** How a session began. */
  public enum Outcome {
    /** Everything required is back, byte and address. */
    RESTORED,
    /**
     * The recording process ended without a kexec, a descriptor store kept what it had, and this
     * process goes on with it: nothing was reset or unmapped.
     */
    RESUMED,
    /** Nothing was ever recorded here. */
    FIRST_START,
    /** Something was recorded here, but the journal cannot be read; it is kept aside. */
    JOURNAL_UNREADABLE,
    /** The recording process ended without a kexec, and its memory with it. */
    PROCESS_RESTARTED,
    /** The machine booted, and nothing had been preserved. */
    COLD_BOOT,
    /** The session was sealed, but this kernel does not hold it. */
    PRESERVED_BUT_LOST,
    /** The session is there, but could not be restored as it was. */
    FAILED
  }

  /** What became of a device or a buffer. */
  public enum Verdict {
    /** It is what and where it was. */
    SAME,
    /** It has other physical addresses than recorded. */
    MOVED,
    /** Its bytes are not those that were sealed. */
    CONTENT_DIFFERS,
    /** It could not be brought back. */
    LOST,
    /**
     * It was not tried, because what it depends on is missing or because an earlier stage failed.
     */
    SKIPPED
  }

  /** What became of a device; {@code detail} is empty where there is nothing to say. */
  public record DeviceResult(PciAddress address, String ioas, Verdict verdict, String detail) {}

  /** What became of a buffer; {@code detail} is empty where there is nothing to say. */
  public record BufferResult(
      String ioas, String name, IovaRange iova, int extents, Verdict verdict, String detail) {}

  public RestoreReport {
    devices = List.copyOf(devices);
    buffers = List.copyOf(buffers);
    notices = List.copyOf(notices);
  }

  /** Whether everything required is back, after a kexec or after the end of the last process. */
  public boolean isRestored() {
    return outcome == Outcome.RESTORED || outcome == Outcome.RESUMED;
  }

  /** How many physical extents were found where they were. */
  public long sameExtents() {
    return buffers.stream()
        .filter(b -> b.verdict() == Verdict.SAME)
        .mapToLong(BufferResult::extents)
        .sum();
  }

  /** How many mapped bytes were found where they were. */
  public long sameBytes() {
    return buffers.stream()
        .filter(b -> b.verdict() == Verdict.SAME)
        .mapToLong(b -> b.iova().lengthBytes())
        .sum();
  }

  /** The same report with one more notice. */
  public RestoreReport withNotice(String notice) {
    List<String> more = new ArrayList<>(notices);
    more.add(notice);
    return new RestoreReport(outcome, reason, generation, devices, buffers, more, pinDelays);
  }

  /** The report of a session that starts fresh, in generation 0. */
  public static RestoreReport fresh(Outcome outcome, String reason, List<String> notices) {
    return new RestoreReport(outcome, reason, 0, List.of(), List.of(), notices, Optional.empty());
  }
}
