package io.holdfast;

import io.holdfast.engine.LiveInterrupts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One interrupt of a device: counts how often the device has interrupted, and can be waited for.
 *
 * <p>What happens while nobody waits is counted and told later. Thread-safe; of several threads
 * that wait for the same interrupt, one is told.
 */
public final class Interrupt {
  private final InterruptKind kind;
  private final LiveInterrupts live;
  private final int place;

  Interrupt(InterruptKind kind, LiveInterrupts live, int place) {
    this.kind = kind;
    this.live = live;
    this.place = place;
  }

  /** Its number among the interrupts of its kind, from 0. */
  public int vector() {
    return live.first() + place;
  }

  /**
   * Waits until the device interrupts.
   *
   * @param timeout how long at most; 0 does not wait
   * @return how often it has interrupted since it was last asked; 0 when the time is up, or after
   *     {@link #wake}
   * @throws IllegalStateException if the interrupts or the device are closed, now or meanwhile
   */
  public long await(Duration timeout) {
    long taken = live.take(place);
    if (taken == 0 && timeout.isPositive()) {
      awaitAny(List.of(this), timeout);
      taken = live.take(place);
    }
    return LiveInterrupts.count(taken);
  }

  /**
   * How often the device has interrupted since it was last asked; does not wait, and allocates
   * nothing.
   *
   * @throws IllegalStateException if the interrupts or the device are closed
   */
  public long poll() {
    return LiveInterrupts.count(live.take(place));
  }

  /**
   * Waits until one of several interrupts happens; they may be of several devices.
   *
   * @param timeout how long at most; 0 does not wait
   * @return those that have happened or were woken, in the list's order; {@link #poll} tells them
   *     apart and has to be called, since they count as they are otherwise. None when the time is
   *     up
   * @throws IllegalStateException if one of them is closed, now or meanwhile
   */
  public static List<Interrupt> awaitAny(List<Interrupt> interrupts, Duration timeout) {
    List<LiveInterrupts.Vector> vectors = new ArrayList<>(interrupts.size());
    for (Interrupt each : interrupts) {
      vectors.add(each.live.vector(each.place));
    }
    List<Interrupt> ready = new ArrayList<>();
    LiveInterrupts.await(vectors, timeout).forEach(place -> ready.add(interrupts.get(place)));
    return ready;
  }

  /** Wakes a thread that waits for this interrupt, or else the next that will. */
  public void wake() {
    live.wake(place);
  }

  /**
   * Holds the interrupt line back.
   *
   * @throws UnsupportedOperationException if it is not {@link InterruptKind#INTX}: the kernel masks
   *     no other. What comes while nobody waits is counted, so that not to wait does as well
   */
  public void mask() {
    requireIntx();
    live.setMasked(true);
  }

  /**
   * Lets the interrupt line through again, which each interrupt masks. If the device interrupts
   * still, that is a new interrupt.
   *
   * @throws UnsupportedOperationException if it is not {@link InterruptKind#INTX}
   */
  public void unmask() {
    requireIntx();
    live.setMasked(false);
  }

  private void requireIntx() {
    if (kind != InterruptKind.INTX) {
      throw new UnsupportedOperationException(
          "interrupts of kind " + kind + " cannot be masked; only INTX can");
    }
  }
}
