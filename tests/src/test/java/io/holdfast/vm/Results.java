package io.holdfast.vm;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Reports tests from inside the guest, on the serial line that the host reads and on the console.
 */
final class Results {
  private static final Path LINE = Path.of("/dev/ttyS1");

  private Results() {}

  /** A test; what it throws is its failure, what it answers is worth telling. */
  interface Check {
    String run() throws Exception;
  }

  /** Runs a test and reports it. */
  static void check(String test, Check check) {
    String outcome;
    long began = System.nanoTime();
    try {
      outcome = "ok " + check.run() + " (" + (System.nanoTime() - began) / 1_000_000 + " ms)";
    } catch (Exception | AssertionError e) {
      e.printStackTrace();
      outcome = "failed " + e;
    }
    report(test, outcome);
  }

  /**
   * Runs what has to be refused, with a message that says all of these words; what it answers must
   * not come about.
   */
  static void refused(String test, Check attempt, String... words) {
    check(
        test,
        () -> {
          String answer;
          try {
            answer = attempt.run();
          } catch (HoldfastException e) {
            return messageWith(e, words);
          }
          throw new AssertionError("was not refused: " + answer);
        });
  }

  private static String messageWith(HoldfastException e, String... words) {
    String message = e.getMessage();
    for (String word : words) {
      if (!message.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT))) {
        throw new AssertionError("refused without saying \"" + word + "\": " + message, e);
      }
    }
    return message;
  }

  /** Fails a check unless its condition holds. */
  @SuppressWarnings(
      "AnnotateFormatMethod") // its annotation is in a library this needs nothing else of
  static void require(boolean condition, String otherwise, Object... arguments) {
    if (!condition) {
      throw new AssertionError(otherwise.formatted(arguments));
    }
  }

  private static void report(String test, String outcome) {
    String line = "HOLDFAST-TEST " + test + " " + outcome.replaceAll("\\s+", " ").strip() + "\n";
    System.out.print(line);
    System.out.flush();
    try {
      Files.write(LINE, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException("the guest has lost its result line", e);
    }
  }
}
