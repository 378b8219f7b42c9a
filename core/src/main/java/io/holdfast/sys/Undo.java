package io.holdfast.sys;

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
 * is suppressed in it. {@link Closing} is for what is closed whether anything failed or not. Not
 * thread-safe.
 */
public final class Undo implements AutoCloseable {
  private final Deque<Closing.Step> steps = new ArrayDeque<>();

  /** One more step, to be run before those that are there. */
  public void with(Closing.Step step) {
    steps.push(step);
  }

  /** Returns something that is closed unless the operation succeeds. */
  public <T extends AutoCloseable> T closes(T resource) {
    with(resource::close);
    return resource;
  }

  /** The operation has succeeded as far as the steps go: none of them is run. */
  public void forget() {
    steps.clear();
  }

  /** Runs the steps that are left; throws the first failure with the others suppressed in it. */
  @Override
  public void close() {
    Closing closing = new Closing();
    while (!steps.isEmpty()) {
      closing.step(steps.pop());
    }
    closing.end();
  }
}
