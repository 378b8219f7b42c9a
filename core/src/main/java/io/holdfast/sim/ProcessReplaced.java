package io.holdfast.sim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Thrown out of {@code execve} when it has replaced the program of a simulated process that {@link
 * SimulatedProcess#executing executes} programs.
 *
 * <p>An {@link Error}, so that no code of the program that is gone handles it. The process lives
 * on, with the descriptors that are not close-on-exec.
 */
public final class ProcessReplaced extends Error {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, String> environment = new LinkedHashMap<>();

  ProcessReplaced(String program, List<String> variables) {
    super("the process executes " + program);
    for (String variable : variables) {
      int end = variable.indexOf('=');
      environment.put(variable.substring(0, end), variable.substring(end + 1));
    }
  }

  /** The environment that the program was given. */
  public Map<String, String> environment() {
    return Map.copyOf(environment);
  }
}
