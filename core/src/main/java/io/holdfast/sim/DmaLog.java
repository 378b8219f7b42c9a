package io.holdfast.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What the devices of a simulated machine have read and written, and reached for and must not.
 *
 * <p>Guarded by the machine's lock.
 */
final class DmaLog {
  private static final int MOST_NOTED = 10_000;

  private final List<DmaViolation> violations = new ArrayList<>();
  private final List<DmaTransfer> transfers = new ArrayList<>();
  private Consumer<DmaViolation> onViolation = violation -> {};

  void transferred(DmaTransfer transfer) {
    if (transfers.size() < MOST_NOTED) {
      transfers.add(transfer);
    }
  }

  void violation(DmaViolation violation) {
    if (violations.size() < MOST_NOTED) {
      violations.add(violation);
    }
    onViolation.accept(violation);
  }

  void onViolation(Consumer<DmaViolation> listener) {
    onViolation = listener;
  }

  List<DmaViolation> violations() {
    return List.copyOf(violations);
  }

  List<DmaTransfer> transfers() {
    return List.copyOf(transfers);
  }
}
