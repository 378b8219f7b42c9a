package io.holdfast;

import io.holdfast.engine.LiveInterrupts;
import java.util.ArrayList;
import java.util.List;

/**
 * The interrupts of one kind that a device's driver has switched on; they are switched off with
 * {@link #close} or with the device. Thread-safe.
 */
public final class InterruptVectors implements AutoCloseable {
  private final InterruptKind kind;
  private final LiveInterrupts live;
  private final List<Interrupt> vectors;

  InterruptVectors(InterruptKind kind, LiveInterrupts live) {
    this.kind = kind;
    this.live = live;
    List<Interrupt> all = new ArrayList<>();
    for (int i = 0; i < live.size(); i++) {
      all.add(new Interrupt(kind, live, i));
    }
    this.vectors = List.copyOf(all);
  }

  /** What kind they are. */
  public InterruptKind kind() {
    return kind;
  }

  /** The interrupts, by ascending vector. */
  public List<Interrupt> vectors() {
    return vectors;
  }

  /**
   * The interrupt of a vector.
   *
   * @throws IndexOutOfBoundsException if it is none of those that were switched on
   */
  public Interrupt vector(int vector) {
    int place = vector - live.first();
    if (place < 0 || place >= vectors.size()) {
      throw new IndexOutOfBoundsException(
          "vector %d of %s: %d to %d are in use"
              .formatted(vector, live.what(), live.first(), live.first() + live.size() - 1));
    }
    return vectors.get(place);
  }

  /**
   * Switches them off. Whoever waits for one meanwhile gets an {@link IllegalStateException}.
   * Closing again does nothing.
   */
  @Override
  public void close() {
    live.close();
  }
}
