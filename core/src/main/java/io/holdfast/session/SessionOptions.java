package io.holdfast.session;

import java.util.Map;
import java.util.Objects;

/**
 * How a session is opened. Immutable.
 *
 * @param listener told of a restore's progress
 * @param environment where descriptors inherited from the restore tool are announced (LISTEN_PID,
 *     LISTEN_FDS, LISTEN_FDNAMES); the process's own environment by default
 */
public record SessionOptions(RestoreListener listener, Map<String, String> environment) {
  public SessionOptions {
    Objects.requireNonNull(listener);
    environment = Map.copyOf(environment);
  }

  /** Silent, with the process's environment. */
  public static SessionOptions defaults() {
    return new SessionOptions(RestoreListener.SILENT, System.getenv());
  }

  /** With this listener. */
  public SessionOptions withListener(RestoreListener newListener) {
    return new SessionOptions(newListener, environment);
  }

  /** With another environment. */
  public SessionOptions withEnvironment(Map<String, String> newEnvironment) {
    return new SessionOptions(listener, newEnvironment);
  }
}
