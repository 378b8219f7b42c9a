package io.holdfast.session;

import io.holdfast.model.Policy;
import java.util.OptionalLong;

/**
 * How a buffer is mapped. Immutable.
 *
 * @param iova where, or empty to let the kernel choose
 * @param deviceMayWrite whether the device may write it; it may always read it
 * @param policy what a restore does when the buffer cannot be brought back
 * @param transientMemory for memory of the process that may be lost in a live update
 */
public record MapOptions(
    OptionalLong iova, boolean deviceMayWrite, Policy policy, boolean transientMemory) {
  /** At an IOVA the kernel chooses, readable and writeable, required. */
  public static MapOptions defaults() {
    return new MapOptions(OptionalLong.empty(), true, Policy.REQUIRED, false);
  }

  /** At this IOVA, a multiple of the page size. */
  public MapOptions at(long fixedIova) {
    return new MapOptions(OptionalLong.of(fixedIova), deviceMayWrite, policy, transientMemory);
  }

  /**
   * Not to be written by the device. Without an IOMMU nothing enforces it; it is recorded and
   * restored.
   */
  public MapOptions readOnlyForDevice() {
    return new MapOptions(iova, false, policy, transientMemory);
  }

  /** To be left out of a restore, with a notice, if it cannot be brought back. */
  public MapOptions optional() {
    return new MapOptions(iova, deviceMayWrite, Policy.OPTIONAL, transientMemory);
  }

  /**
   * Not to be preserved: for memory of the process, which a session otherwise refuses to preserve.
   */
  public MapOptions declaredTransient() {
    return new MapOptions(iova, deviceMayWrite, policy, true);
  }
}
