package io.holdfast.lives;

import io.holdfast.model.PciAddress;
import java.util.Optional;

/**
 * What a process has left to the holder when it ended, for the next one to resume. Not thread-safe.
 */
final class Left {
  final Model model;

  /** What was being added or removed; null if nothing was. */
  final Pending pending;

  /** It was being given up, and may be gone; its devices may be stopped. */
  final boolean closing;

  /** The restore tool has restored it: a memfd that nothing uses may have been left out. */
  final boolean isRestored;

  /** It was being sealed, with checksums or without. */
  private final Optional<Boolean> sealing;

  /** It was being taken back from the kernel. */
  private final boolean cancelling;

  private Left(
      Model model,
      Pending pending,
      boolean closing,
      boolean isRestored,
      Optional<Boolean> sealing,
      boolean cancelling) {
    this.model = model;
    this.pending = pending;
    this.closing = closing;
    this.isRestored = isRestored;
    this.sealing = sealing;
    this.cancelling = cancelling;
  }

  static Left of(Model model, Pending pending) {
    Pending perhaps =
        pending != null
            ? pending
            : model.unrecorded.stream().findFirst().map(Pending::of).orElse(null);
    return new Left(model, perhaps, false, false, Optional.empty(), false);
  }

  static Left restored(Model model) {
    return new Left(model, null, false, true, Optional.empty(), false);
  }

  static Left closing(Model model) {
    return new Left(model, null, true, false, Optional.empty(), false);
  }

  static Left sealing(Model model, boolean checksums) {
    return new Left(model, null, false, false, Optional.of(checksums), false);
  }

  static Left cancelling(Model model) {
    return new Left(model, null, false, false, Optional.empty(), true);
  }

  /** Whether the session may begin afresh: it is given up, or there is nothing in it. */
  boolean mayBeFresh() {
    return closing || (model.isEmpty() && !mustBeSealed());
  }

  /** Whether it must: what is empty is not worth resuming, unless it is preserved. */
  boolean mustBeFresh() {
    return model.isEmpty() && pending == null && !mayBeSealed();
  }

  boolean mayBeSealed() {
    return model.sealed || sealing.isPresent();
  }

  boolean mustBeSealed() {
    return model.sealed && !cancelling && !closing;
  }

  /** It is sealed now, or not. */
  void sealed(boolean sealed) {
    if (sealed && !model.sealed) {
      model.seal(sealing.orElseThrow());
    }
    model.sealed = sealed;
  }

  /** Whether its kernel objects keep others from a device. */
  boolean has(PciAddress address) {
    return model.devices.containsKey(address) && !mayHave(address);
  }

  /** Whether they may or may not. */
  boolean mayHave(PciAddress address) {
    return closing
        ? model.devices.containsKey(address)
        : pending != null && pending.key().equals(address.toString());
  }
}
