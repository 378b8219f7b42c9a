package io.holdfast.cli;

import io.holdfast.session.SessionOptions;
import java.util.HashMap;
import java.util.Map;

/**
 * The environment that the tool was called with, for the command it hands over to: the launcher
 * gives the JVM a UTF-8 locale where the caller has none, and remembers the caller's.
 */
final class CallerEnvironment {
  private static final String CALLERS = "HOLDFAST_CALLER_LC_ALL";
  private static final String LOCALE = "LC_ALL";

  private CallerEnvironment() {}

  /** The options of a session that is going to be handed over. */
  static SessionOptions options() {
    return SessionOptions.defaults().withEnvironment(of(System.getenv()));
  }

  /** The caller's environment, made from the one that this process has. */
  static Map<String, String> of(Map<String, String> own) {
    String callers = own.get(CALLERS);
    if (callers == null) {
      return own;
    }
    Map<String, String> environment = new HashMap<>(own);
    environment.remove(CALLERS);
    if (callers.equals("unset")) {
      environment.remove(LOCALE);
    } else {
      environment.put(LOCALE, callers);
    }
    return environment;
  }
}
