package io.holdfast.cli;

import java.io.BufferedWriter;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Help;

/**
 * Where a verb's output goes, and whether people watch it. Everything that is printed goes through
 * here and is made safe for a terminal ({@link SafeText}). Not thread-safe.
 */
final class Console {
  static final String ERASE_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final PrintWriter err;
  private final Supplier<String> outFailure;
  private final boolean outColoured;
  private final boolean errTerminal;
  private final int width;
  private boolean documented;

  private Console(
      PrintWriter out,
      PrintWriter err,
      Supplier<String> outFailure,
      boolean outColoured,
      boolean errTerminal,
      int width) {
    this.out = out;
    this.err = err;
    this.outFailure = outFailure;
    this.outColoured = outColoured;
    this.errTerminal = errTerminal;
    this.width = width;
  }

  /**
   * The process's own streams: colour on a terminal, unless NO_COLOR is set (no-color.org) or TERM
   * is dumb.
   */
  static Console ofProcess() {
    String noColour = System.getenv("NO_COLOR");
    boolean colour =
        (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    boolean outTerminal = StandardStream.OUT.isTerminal();
    boolean errTerminal = StandardStream.ERR.isTerminal();
    WatchedStream outStream = StandardStream.OUT.output();
    WatchedStream errStream = StandardStream.ERR.output();
    return new Console(
        printer(utf8(outStream), colour && outTerminal, false),
        printer(utf8(errStream), errTerminal, true),
        outStream::failure,
        colour && outTerminal,
        errTerminal,
        outTerminal ? Terminal.width() : Integer.MAX_VALUE);
  }

  /** Streams that no terminal shows. */
  static Console plain(PrintWriter out, PrintWriter err) {
    return plain(out, err, Integer.MAX_VALUE);
  }

  /** Streams that no terminal shows, with tables for a window of this many columns. */
  static Console plain(PrintWriter out, PrintWriter err, int width) {
    return new Console(
        printer(out, false, false),
        printer(err, false, true),
        () -> out.checkError() ? "" : null,
        false,
        false,
        width);
  }

  private static Writer utf8(WatchedStream stream) {
    return new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
  }

  private static PrintWriter printer(Writer to, boolean terminal, boolean autoFlush) {
    return new PrintWriter(new SafeWriter(to, terminal), autoFlush);
  }

  /**
   * The same, with all output on the error stream: before the process becomes another, whose output
   * it is.
   */
  Console onErrorStream() {
    return new Console(err, err, () -> null, false, errTerminal, width);
  }

  /** The output stream, for what prints by itself (picocli); everything else uses lines. */
  PrintWriter out() {
    return out;
  }

  /** The error stream, for what prints by itself: traces of calls and of exceptions. */
  PrintWriter err() {
    return err;
  }

  /** Prints one line to the output stream, whatever is in the text. */
  void line(String text) {
    out.print(SafeWriter.clean(text, outColoured, false));
    out.print('\n');
  }

  /** Prints lines in which what came from others was made safe. */
  void print(char[] lines, int length) {
    out.write(lines, 0, length);
  }

  /** Prints lines of the tool's own to the output stream. */
  void lines(String ownText) {
    ownText.lines().forEach(this::line);
  }

  /** Prints an empty line to the output stream. */
  void blank() {
    out.print('\n');
  }

  /** Prints a message for people to the error stream: one line that names the tool. */
  void message(String text) {
    out.flush();
    err.print("holdfast: " + SafeText.line(text) + "\n");
    err.flush();
  }

  /** Whether people see the error stream as it comes, so that progress is worth printing. */
  boolean isWatched() {
    return errTerminal;
  }

  /** Writes the one line of progress over; empty to take it away. */
  void progress(String text) {
    err.print(ERASE_LINE + SafeText.line(text));
    err.flush();
  }

  /** How many columns a table may have. */
  int width() {
    return width;
  }

  /** A word in a colour, where colour is wanted; made safe. */
  String colour(Colour colour, String text) {
    String safe = SafeText.field(text);
    return outColoured ? "\u001b[" + colour.code + "m" + safe + "\u001b[0m" : safe;
  }

  /** Prints a document for programs to the output stream. */
  void document(String verb, Map<String, ?> fields) {
    Json.write(out, Schema.document(verb, fields));
    out.flush();
    documented = true;
  }

  /** Whether programs have their document. */
  boolean isDocumented() {
    return documented;
  }

  /** Prints a document for programs to the output stream, as one line. */
  void documentLine(String verb, Map<String, ?> fields) {
    Json.writeLine(out, Schema.document(verb, fields));
    out.flush();
  }

  void flush() {
    out.flush();
    err.flush();
  }

  /**
   * Why the output was not written, in the system's words; empty if all of it was. What stands in a
   * buffer is written before.
   */
  Optional<String> lostOutput() {
    boolean lost = out.checkError();
    String failure = outFailure.get();
    return lost || failure != null ? Optional.of(failure == null ? "" : failure) : Optional.empty();
  }

  Help.ColorScheme helpColours() {
    return Help.defaultColorScheme(outColoured ? Help.Ansi.ON : Help.Ansi.OFF);
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
