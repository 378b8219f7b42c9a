package io.holdfast.engine;

import io.holdfast.model.BackingFile;
import io.holdfast.model.DeviceState;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.PciAddress;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.PinDelays;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.BufferResult;
import io.holdfast.session.RestoreReport.DeviceResult;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.RestoreReport.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Collects what becomes of each device, file and buffer while a session is restored. Not
 * thread-safe.
 */
final class RestoreResults {
  private record BufferKey(String ioas, String name) {
    // As PciIdentity's: a record's own would be made by the first restore.
    @Override
    public boolean equals(Object other) {
      return other instanceof BufferKey that && ioas.equals(that.ioas) && name.equals(that.name);
    }

    @Override
    public int hashCode() {
      return 31 * ioas.hashCode() + name.hashCode();
    }
  }

  private final long generation;
  private final Map<PciAddress, DeviceResult> devices = new LinkedHashMap<>();
  private final Map<BufferKey, BufferResult> buffers = new LinkedHashMap<>();
  private final Map<Long, HoldfastException> failedFiles = new HashMap<>();
  private final Map<String, HoldfastException> failedDevices = new HashMap<>();
  private final Set<Long> mapped = new HashSet<>();
  private final List<String> notices = new ArrayList<>();
  private Optional<PinDelays> pinDelays = Optional.empty();
  private HoldfastException firstRequiredFailure;

  RestoreResults(SessionState manifest) {
    this.generation = manifest.generation() + 1;
    for (DeviceState device : manifest.devices()) {
      device(device, Verdict.SKIPPED, "not reached");
    }
    for (IoasState ioas : manifest.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        buffer(ioas.name(), mapping, Verdict.SKIPPED, "not reached");
        if (mapping.backing() instanceof MappingState.File part) {
          mapped.add(part.token());
        }
      }
    }
  }

  int bufferCount() {
    return buffers.size();
  }

  void notice(String text) {
    notices.add(text);
  }

  /**
   * A file could not be brought back. Its buffers say what that means; one without buffers speaks
   * for itself: the driver's is required, an empty pool is not missed.
   */
  void fileFailed(BackingFile file, HoldfastException cause) {
    failedFiles.put(file.token(), cause);
    if (!mapped.contains(file.token())) {
      failed(file.origin() == BackingFile.Origin.CALLER ? Policy.REQUIRED : Policy.OPTIONAL, cause);
    }
  }

  /** How long what was retrieved was not pinned. */
  void pinned(PinDelays delays) {
    pinDelays = Optional.of(delays);
  }

  /** Why a file cannot be used, if it cannot. */
  Optional<HoldfastException> failureOf(long token) {
    return Optional.ofNullable(failedFiles.get(token));
  }

  void device(DeviceState device, Verdict verdict, String detail) {
    devices.put(
        device.address(), new DeviceResult(device.address(), device.ioas(), verdict, detail));
  }

  void deviceFailed(DeviceState device, HoldfastException cause) {
    device(device, Verdict.LOST, cause.problem());
    failedDevices.put(device.ioas(), cause);
    failed(device.policy(), cause);
  }

  /** Why a device of an IOAS could not be attached, if one could not. */
  Optional<HoldfastException> failureOfDevice(String ioas) {
    return Optional.ofNullable(failedDevices.get(ioas));
  }

  void bufferSame(String ioas, MappingState mapping, String detail) {
    buffer(ioas, mapping, Verdict.SAME, detail);
  }

  void bufferFailed(String ioas, MappingState mapping, Verdict verdict, HoldfastException cause) {
    buffer(ioas, mapping, verdict, cause.problem());
    failed(mapping.policy(), cause);
  }

  private void buffer(String ioas, MappingState mapping, Verdict verdict, String detail) {
    buffers.put(
        new BufferKey(ioas, mapping.name()),
        new BufferResult(
            ioas, mapping.name(), mapping.iova(), mapping.extents().size(), verdict, detail));
  }

  private void failed(Policy policy, HoldfastException cause) {
    if (policy == Policy.OPTIONAL) {
      notice(cause.getMessage());
    } else if (firstRequiredFailure == null) {
      firstRequiredFailure = cause;
    }
  }

  Optional<HoldfastException> firstRequiredFailure() {
    return Optional.ofNullable(firstRequiredFailure);
  }

  RestoreReport report(Outcome outcome, String reason) {
    return new RestoreReport(
        outcome,
        reason,
        generation,
        List.copyOf(devices.values()),
        List.copyOf(buffers.values()),
        notices,
        pinDelays);
  }
}
