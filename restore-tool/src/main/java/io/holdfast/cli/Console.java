package io.holdfast.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Help;

/** Where a verb's output goes, and whether people watch it. Not thread-safe. */
final class Console {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean outColoured;
  private final boolean errTerminal;

  private Console(PrintWriter out, PrintWriter err, boolean outColoured, boolean errTerminal) {
    this.out = out;
    this.err = err;
    this.outColoured = outColoured;
    this.errTerminal = errTerminal;
  }

  /**
   * The process's own streams: colour on a terminal, unless NO_COLOR is set (no-color.org) or TERM
   * is dumb.
   */
  static Console ofProcess(PrintWriter out, PrintWriter err) {
    String noColour = System.getenv("NO_COLOR");
    boolean colour =
        (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    return new Console(out, err, colour && isTerminal(1), isTerminal(2));
  }

  /** Streams that no terminal shows. */
  static Console plain(PrintWriter out, PrintWriter err) {
    return new Console(out, err, false, false);
  }

  /**
   * The same, with all output on the error stream: before the process becomes another, whose output
   * it is.
   */
  Console onErrorStream() {
    return new Console(err, err, false, errTerminal);
  }

  PrintWriter out() {
    return out;
  }

  PrintWriter err() {
    return err;
  }

  /** Whether people see the error stream as it comes, so that progress is worth printing. */
  boolean isWatched() {
    return errTerminal;
  }

  /** A word in a colour, where colour is wanted. */
  String colour(Colour colour, String text) {
    return outColoured ? "\u001b[" + colour.code + "m" + text + "\u001b[0m" : text;
  }

  /** Prints a document for programs to the output stream. */
  void document(Object tree) {
    Json.write(out, tree);
    out.flush();
  }

  Help.ColorScheme helpColours() {
    return Help.defaultColorScheme(outColoured ? Help.Ansi.ON : Help.Ansi.OFF);
  }

  // The JDK's own Console would load a line editor to find this out.
  private static boolean isTerminal(int fd) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** The colours used, by what they say. */
  enum Colour {
    GOOD(32),
    CAUTION(33),
    BAD(31),
    QUIET(2);

    private final int code;

    Colour(int code) {
      this.code = code;
    }
  }
}
