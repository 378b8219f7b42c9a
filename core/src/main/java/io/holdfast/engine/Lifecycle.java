package io.holdfast.engine;

import io.holdfast.session.LifecycleListener;
import io.holdfast.sys.Closing;
import io.holdfast.sys.Undo;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Tells a session's listeners. Thread-safe; never called with the session's lock held. */
final class Lifecycle {
  private final List<LifecycleListener> listeners = new CopyOnWriteArrayList<>();

  void add(LifecycleListener listener) {
    listeners.add(listener);
  }

  /**
   * Preserves, with everybody told before, and after if it fails. One at a time, so that nobody is
   * told to go on because a second one is refused.
   *
   * @param possible throws if the session cannot be preserved now, before anybody is told
   */
  synchronized <T> T preserving(Runnable possible, Supplier<T> preserve) {
    possible.run();
    try (Undo undo = new Undo()) {
      for (LifecycleListener listener : List.copyOf(listeners)) {
        listener.beforePreserve();
        undo.with(listener::afterCancel);
      }
      T report = preserve.get();
      undo.forget();
      return report;
    }
  }

  void cancelled() {
    Closing closing = new Closing();
    List.copyOf(listeners).reversed().forEach(listener -> closing.step(listener::afterCancel));
    closing.end();
  }

  void leaving() {
    List.copyOf(listeners).reversed().forEach(LifecycleListener::beforeLeave);
  }
}
