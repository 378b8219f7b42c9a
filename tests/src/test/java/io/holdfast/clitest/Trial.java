package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.holdfast.Host;
import io.holdfast.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Runs command lines inside this process, one after the other, and holds each run to what every run
 * promises: it ends, in an exit code of the table that is not a fault's, without a stack trace,
 * without a character that a terminal could obey, and with {@code --json} in one document that
 * tells the same exit code. Not thread-safe.
 */
final class Trial implements AutoCloseable {
  /** After this a run counts as hanging; a machine that does much else at once is slow, too. */
  private static final long PATIENCE_SECONDS = 60;

  private static final int LAST_CODE = 12;
  private static final int LONGEST_MESSAGE = 8192;

  private final ExecutorService worker = Executors.newSingleThreadExecutor();
  private final String origin;
  private final Tool tool;
  private final Set<String> checked = new HashSet<>();
  private long runs;
  private long slowestNanos;

  /** Trials of a test; {@code origin} says how to make the same ones again. */
  Trial(String origin) {
    this(origin, Main::run);
  }

  /** Trials on hosts that this opens, by what {@code --host} says. */
  Trial(String origin, Function<String, Host> hosts) {
    this(origin, (out, err, line) -> Main.run(hosts, out, err, line));
  }

  private Trial(String origin, Tool tool) {
    this.origin = origin;
    this.tool = tool;
  }

  /** The restore tool. */
  private interface Tool {
    int run(PrintWriter out, PrintWriter err, String... line);
  }

  /**
   * How a run ended.
   *
   * @param code the exit code
   * @param out what it printed
   * @param err what it said to people
   */
  record Ending(int code, String out, String err) {}

  /** Runs a command line and checks all that has to be true of any. */
  Ending run(List<String> line) {
    return run(line, Set.of());
  }

  /** As {@link #run(List)}, and checks the exit code; none expected means that any will do. */
  Ending run(List<String> line, Set<Integer> expected) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = run(line, new PrintWriter(out), new PrintWriter(err));
    Ending ending = new Ending(code, out.toString(), err.toString());
    String what = describe(line) + "\nexit code " + code + "\n" + err;
    assertThat(code).as(what).isBetween(0, LAST_CODE).isNotEqualTo(1);
    if (!expected.isEmpty()) {
      assertThat(code).as(what).isIn(expected);
    }
    assertHarmless(what, ending.out());
    assertHarmless(what, ending.err());
    assertThat(ending.err().lines().filter(text -> text.length() > LONGEST_MESSAGE))
        .as(what)
        .isEmpty();
    if (code == 2) {
      assertThat(ending.err()).as(what).startsWith("holdfast: ").hasLineCount(1);
    }
    if (asksForJson(line)) {
      assertOneDocument(what, ending);
    }
    return ending;
  }

  /** Runs a command line on these streams; only that it ends is checked. */
  int run(List<String> line, PrintWriter out, PrintWriter err) {
    long begin = System.nanoTime();
    Future<Integer> run = worker.submit(() -> tool.run(out, err, line.toArray(String[]::new)));
    try {
      return run.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(describe(line) + " hangs", e);
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(describe(line) + " threw", e);
    } finally {
      runs++;
      slowestNanos = Math.max(slowestNanos, System.nanoTime() - begin);
    }
  }

  private String describe(List<String> line) {
    return origin + ", run " + runs + ": holdfast " + line;
  }

  private static boolean asksForJson(List<String> line) {
    List<String> own = line.contains("--") ? line.subList(0, line.indexOf("--")) : line;
    // Help and version are for people; what is followed is a document a line.
    return own.contains("--json")
        && own.stream()
            .noneMatch(Set.of("--help", "-h", "--version", "-V", "--follow", "--exec")::contains);
  }

  private static void assertHarmless(String what, String text) {
    assertThat(text.codePoints().filter(Trial::isHarmful).toArray()).as(what).isEmpty();
    assertThat(text.lines().filter(Trial::isOfStackTrace)).as(what).isEmpty();
  }

  /** Told apart here by other means than the tool does it by. */
  private static boolean isHarmful(int c) {
    return (c < ' ' && c != '\n')
        || (c >= 0x7f && c <= 0xa0)
        || (c >= 0x200b && c <= 0x200f)
        || (c >= 0x2028 && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069)
        || (c >= 0xd800 && c <= 0xdfff)
        || c == 0xfeff;
  }

  private static boolean isOfStackTrace(String line) {
    return line.matches("\\s+at \\S+\\(.*\\)|Exception in thread .*|Caused by: .*");
  }

  /** A document without its values: those that are alike in this are held to the schema once. */
  private static String shapeOf(String json) {
    return json.replaceAll("\"(?:[^\"\\\\]|\\\\.)*\"(?! :)", "\"\"").replaceAll("\\d+", "0");
  }

  private void assertOneDocument(String what, Ending ending) {
    assertThat(ending.out().chars().allMatch(c -> c < 0x7f)).as(what).isTrue();
    int depth = 0;
    int documents = 0;
    String schema = null;
    String exitCode = null;
    try (JsonParser parser = new JsonFactory().createParser(ending.out())) {
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        depth += token.isStructStart() ? 1 : 0;
        depth -= token.isStructEnd() ? 1 : 0;
        documents += depth == 0 ? 1 : 0;
        if (token.isScalarValue() && depth == 1 && "schema".equals(parser.currentName())) {
          schema = parser.getText();
        }
        if (token.isScalarValue() && depth == 2 && "exitCode".equals(parser.currentName())) {
          exitCode = parser.getText();
        }
      }
    } catch (IOException e) {
      throw new AssertionError(what + "\nis no JSON: " + ending.out(), e);
    }
    assertThat(documents).as(what).isEqualTo(1);
    if (checked.add(shapeOf(ending.out()))) {
      OutputSchema.check(what, ending.out());
    }
    assertThat(schema).as(what).isEqualTo("holdfast-output/1");
    if (exitCode != null) {
      assertThat(exitCode).as(what).isEqualTo(String.valueOf(ending.code()));
    }
  }

  /** How many there were, and how long the longest took: for people. */
  String summary() {
    return "%s: %,d runs, the slowest %d ms".formatted(origin, runs, slowestNanos / 1_000_000);
  }

  long runs() {
    return runs;
  }

  /** A number that the test's command line sets, or what it is in every build. */
  static long setting(String name, long inEveryBuild) {
    return Long.getLong("holdfast.trial." + name, inEveryBuild);
  }

  static List<String> line(String... words) {
    return Arrays.asList(words);
  }

  @Override
  public void close() {
    System.out.println(summary());
    worker.shutdownNow();
  }
}
