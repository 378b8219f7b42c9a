package io.holdfast.engine;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What has to be undone if the rest of an operation fails: the steps, run last first, every one of
 * them, whatever the others throw.
 *
 * <pre>{@code
 * try (Undo undo = new Undo()) {
 *   Memfd memfd = undo.closes(Memfd.create(…));
 *   undo.with(() -> iommufd.unmap(…));
 *   journal.record(…);
 *   undo.forget(); // Done: nothing is undone.
 *   return memfd;
 * }
 * }</pre>
 *
 * The failure that ended the operation stays the one that is thrown, and what failed while undoing
 * is suppressed in it. {@link #all} closes in the same manner. Not thread-safe.
 */
final class Undo implements AutoCloseable {
  private final Deque<Runnable> steps = new ArrayDeque<>();

  /** One more step, to be run before those that are there. */
  void with(Runnable step) {
    steps.push(step);
  }

  /** Returns something that is closed unless the operation succeeds. */
  <T extends AutoCloseable> T closes(T resource) {
    with(() -> closeUnchecked(resource));
    return resource;
  }

  /** The operation has succeeded as far as the steps go: none of them is run. */
  void forget() {
    steps.clear();
  }

  /** Runs the steps that are left; throws the first failure with the others suppressed in it. */
  @Override
  public void close() {
    all(steps.toArray(Runnable[]::new));
    steps.clear();
  }

  /**
   * Runs every step, in this order; then throws the first failure, with the others suppressed in
   * it.
   */
  static void all(Runnable... steps) {
    Throwable first = null;
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (Throwable failure) { // Errors too: the steps that are left have to be run.
        first = suppress(first, failure);
      }
    }
    if (first != null) {
      throw Undo.<RuntimeException>unchecked(first);
    }
  }

  @SuppressWarnings("ReferenceEquality") // An exception cannot suppress itself, only itself.
  private static Throwable suppress(Throwable first, Throwable failure) {
    if (first == null) {
      return failure;
    }
    if (first != failure) {
      first.addSuppressed(failure);
    }
    return first;
  }

  private static void closeUnchecked(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw Undo.<RuntimeException>unchecked(e);
    }
  }

  /** Throws what was caught as it was caught, checked or not. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchecked(Throwable failure) throws E {
    throw (E) failure;
  }
}
