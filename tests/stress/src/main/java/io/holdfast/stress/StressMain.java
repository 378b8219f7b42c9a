package io.holdfast.stress;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.Main;

/**
 * Runs the stress tests; fails if one observes what is forbidden. The first argument is the file of
 * JVM flags, the others are jcstress's own options.
 */
public final class StressMain {
  /**
   * Few states at a time, since a state takes a slot of the machine; each test in one JVM that
   * compiles all of it alike; no binding of threads to processors, which needs a native library.
   */
  private static final List<String> ALWAYS =
      List.of("-strideSize", "4", "-strideCount", "4", "-sc", "false", "-af", "NONE");

  private StressMain() {}

  /** Runs them. */
  public static void main(String[] arguments) throws Exception {
    List<String> options = new ArrayList<>(ALWAYS);
    options.addAll(List.of("-jvmArgs", "@" + arguments[0]));
    options.addAll(List.of(arguments).subList(1, arguments.length));
    Main.main(options.toArray(String[]::new));
  }
}
