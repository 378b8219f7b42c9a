package io.holdfast.session;

import java.util.Map;
import java.util.Objects;

/**
 * Which store a session is to use.
 *
 * @param choice what was asked for
 * @param holderPath the socket of the holder; empty for the one the environment names, or the usual
 *     one
 * @param environment the process's environment
 */
public record StoreOptions(Choice choice, String holderPath, Map<String, String> environment) {
  /** What can be asked for. */
  public enum Choice {
    /**
     * systemd's where it keeps descriptors for this unit, else a holder that is there, else none.
     */
    AUTOMATIC,
    /** systemd's, or a refusal. */
    SYSTEMD,
    /** A holder, or a refusal. */
    HOLDER,
    /** None. */
    NONE
  }

  public StoreOptions {
    Objects.requireNonNull(choice, "choice");
    Objects.requireNonNull(holderPath, "holderPath");
    Objects.requireNonNull(environment, "environment");
  }

  /** Chosen by itself, from this process's environment. */
  public static StoreOptions automatic() {
    return new StoreOptions(Choice.AUTOMATIC, "", System.getenv());
  }

  /** The holder at this socket. */
  public StoreOptions withHolder(String path) {
    return new StoreOptions(Choice.HOLDER, path, environment);
  }

  /** Another choice in the same environment. */
  public StoreOptions with(Choice asked) {
    return new StoreOptions(asked, holderPath, environment);
  }
}
