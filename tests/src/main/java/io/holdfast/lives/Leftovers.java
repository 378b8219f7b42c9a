package io.holdfast.lives;

import io.holdfast.lives.Model.Buffer;
import java.util.HashSet;
import java.util.Set;

/**
 * What a process had made and not recorded when it died: after a resume there is nothing of it any
 * more. Not thread-safe.
 */
final class Leftovers {
  private final Life life;
  private final Driver driver;

  Leftovers(Life life, Driver driver) {
    this.life = life;
    this.driver = driver;
  }

  /** The holder keeps what the session is made of and nothing else, and nothing else is pinned. */
  void none() {
    if (!life.faults().injected().isEmpty()) {
      return; // Letting go of it may have been refused; the session says so.
    }
    Model model = driver.model();
    int objects =
        1 // The iommufd.
            + model.devices.size()
            + driver.session().state().files().size()
            + (model.sealed ? 1 : 0);
    int kept = life.holding().keptNow(driver.name());
    life.witness()
        .check(
            kept == objects,
            Invariant.RESUMED,
            "the session is made of %d objects, and the holder keeps %d descriptors",
            objects,
            kept);
    if (life.drivers().stream().allMatch(Driver::hasOnlyBuffersPinned)) {
      long pinned = life.kernel().pinnedMemoryBytes() / Life.PAGE_BYTES;
      Set<Long> frames = new HashSet<>();
      life.drivers().stream()
          .filter(Driver::isOpen)
          .forEach(each -> addPinned(each.model(), frames));
      life.witness()
          .check(
              pinned == frames.size(),
              Invariant.RESUMED,
              "%d pages are pinned, and the buffers have %d",
              pinned,
              frames.size());
    }
  }

  private static void addPinned(Model model, Set<Long> frames) {
    for (Buffer buffer : model.buffers.values()) {
      if (model.isAttached(buffer.ioas)) {
        for (int offset = 0; offset < buffer.lengthBytes; offset += Life.PAGE_BYTES) {
          frames.add(Witness.physicalAddress(buffer.extents, offset) / Life.PAGE_BYTES);
        }
      }
    }
  }
}
