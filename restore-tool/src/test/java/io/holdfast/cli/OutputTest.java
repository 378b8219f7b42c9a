package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What becomes of the exit code when output is lost, or when the JVM itself gives out. */
final class OutputTest {
  /** A stream on which there is room for some bytes. */
  private static final class FullDisk extends OutputStream {
    private int room;

    FullDisk(int room) {
      this.room = room;
    }

    @Override
    public void write(int octet) throws IOException {
      if (room-- <= 0) {
        throw new IOException("No space left on device");
      }
    }
  }

  @Test
  void lostOutputIsAnExitCodeOfItsOwnWhereverItEnds() {
    int whole = Run.of("--help").out().getBytes(StandardCharsets.UTF_8).length;
    for (int room : new int[] {0, 1, 100, whole - 1}) {
      StringWriter err = new StringWriter();
      PrintWriter out = new PrintWriter(new FullDisk(room), false, StandardCharsets.UTF_8);
      assertThat(Main.run(out, new PrintWriter(err), "--help")).isEqualTo(11);
      assertThat(err.toString()).hasLineCount(1).contains("the output could not be written");
    }
    PrintWriter enough = new PrintWriter(new FullDisk(whole), false, StandardCharsets.UTF_8);
    assertThat(Main.run(enough, new PrintWriter(new StringWriter()), "--help")).isZero();
  }

  @Test
  void aVerbThatFailedKeepsItsExitCode() {
    PrintWriter out = new PrintWriter(new FullDisk(0), false, StandardCharsets.UTF_8);
    StringWriter err = new StringWriter();
    assertThat(Main.run(out, new PrintWriter(err), "doctor", "--json", "--bogus")).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(2);
  }

  /** Gives out once, in the middle of the first write. */
  private static final class GivesOutOnce extends Writer {
    private final StringBuilder text = new StringBuilder();
    private Error error;

    GivesOutOnce(Error error) {
      this.error = error;
    }

    @Override
    public void write(char[] chars, int from, int length) {
      if (error != null) {
        Error now = error;
        error = null;
        throw now;
      }
      text.append(chars, from, length);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void anErrorOfTheJvmIsOneLineAndOneDocument() {
    for (Error error :
        new Error[] {
          new OutOfMemoryError("Java heap space"),
          new StackOverflowError(),
          new NoClassDefFoundError("net/openhft")
        }) {
      GivesOutOnce out = new GivesOutOnce(error);
      StringWriter err = new StringWriter();
      int code =
          Main.run(
              new PrintWriter(out),
              new PrintWriter(err),
              "inspect",
              "--json",
              System.getProperty("java.io.tmpdir"));
      assertThat(code).isEqualTo(1);
      assertThat(err.toString()).hasLineCount(1).startsWith("holdfast: ").doesNotContain("    at ");
      assertThat(out.text.toString())
          .startsWith("{\n  \"schema\"")
          .contains("\"type\" : \"" + error.getClass().getSimpleName() + "\"");
    }
  }
}
