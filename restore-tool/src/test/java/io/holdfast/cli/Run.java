package io.holdfast.cli;

import io.holdfast.Host;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Function;

/**
 * One run of the tool inside the test's process.
 *
 * @param code the exit code
 * @param out what went to the output stream
 * @param err what went to the error stream
 */
record Run(int code, String out, String err) {
  static Run of(String... arguments) {
    return of(OpenHost::named, arguments);
  }

  /** As above, on hosts that this opens, by what {@code --host} says. */
  static Run of(Function<String, Host> hosts, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(hosts, new PrintWriter(out), new PrintWriter(err), arguments);
    return new Run(code, out.toString(), err.toString());
  }
}
