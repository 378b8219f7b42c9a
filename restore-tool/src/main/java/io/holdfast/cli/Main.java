package io.holdfast.cli;

import io.holdfast.Host;
import java.io.PrintWriter;
import java.util.function.Function;

/** The restore tool: {@code holdfast VERB …}. */
public final class Main {
  private Main() {}

  /** Runs the tool on the process's own streams and exits with its {@link ExitCode}. */
  public static void main(String[] args) {
    System.exit(guarded(args));
  }

  /** An installation of which a part is missing ends in one line, too. */
  private static int guarded(String... args) {
    try {
      return run(Console.ofProcess(), OpenHost::named, args);
    } catch (LinkageError incomplete) {
      System.err.println(
          "holdfast: the installation is not complete: " + incomplete + ": install it again");
      return 1;
    }
  }

  /**
   * Runs the tool and returns its exit code ({@link ExitCode#code()}); never throws and never
   * exits. Output goes to {@code out} and {@code err} as it would without a terminal. The verbs
   * that hand over with {@code --exec} replace the whole process, whoever calls this.
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(OpenHost::named, out, err, args);
  }

  /**
   * As {@link #run(PrintWriter, PrintWriter, String...)}, on hosts that the caller opens by what
   * {@code --host} says, such as simulated ones that refuse calls. A verb closes its host.
   */
  public static int run(
      Function<String, Host> hosts, PrintWriter out, PrintWriter err, String... args) {
    return run(Console.plain(out, err), hosts, args);
  }

  /** Runs the tool; output that could not be written is an exit code of its own. */
  static int run(Console console, Function<String, Host> hosts, String... args) {
    int code = new Tool(console, hosts).run(args);
    String lost = console.lostOutput().orElse(null);
    if (lost != null) {
      // Whoever reads a pipe and has seen enough closes it, and wants to hear nothing of it.
      if (!lost.contains("Broken pipe")) {
        console.message(
            "the output could not be written"
                + (lost.isEmpty() ? "" : ": " + lost)
                + ": what was printed is not complete");
      }
      code = code == ExitCode.OK.code() ? ExitCode.OUTPUT_LOST.code() : code;
    }
    console.flush();
    return code;
  }
}
