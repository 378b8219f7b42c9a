package io.holdfast.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** The restore tool: {@code holdfast VERB …}. */
public final class Main {
  private Main() {}

  /** Runs the tool on the process's own streams and exits with its {@link ExitCode}. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = new Tool(Console.ofProcess(out, err)).run(args);
    out.flush();
    err.flush();
    System.exit(code);
  }

  /**
   * Runs the tool and answers its exit code ({@link ExitCode#code()}); never throws and never
   * exits. Output goes to {@code out} and {@code err} as it would without a terminal. The verbs
   * that hand over with {@code --exec} replace the whole process, whoever calls this.
   */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    int code = new Tool(Console.plain(out, err)).run(args);
    out.flush();
    err.flush();
    return code;
  }
}
