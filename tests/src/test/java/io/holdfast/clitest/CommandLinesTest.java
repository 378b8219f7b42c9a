package io.holdfast.clitest;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.clitest.CommandLines.Line;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Command lines by the thousand: {@code tests/cli/run command-lines} makes more, and the same ones
 * again from their seed.
 */
final class CommandLinesTest {
  @TempDir private Path directory;

  @Test
  void everyLineEndsAsTheTableSays() throws IOException {
    long seed = Trial.setting("seed", 20261124);
    long count = Trial.setting("lines", 1200);
    CommandLines lines = new CommandLines(Stage.set(directory), seed);
    try (Trial trial = new Trial("command lines, seed " + seed)) {
      for (long i = 0; i < count; i++) {
        Line line = lines.next();
        trial.run(line.words(), line.codes());
      }
      assertThat(trial.runs()).isEqualTo(count);
    }
  }

  /** A stream with room for so many bytes, behind which nothing can be written. */
  private static final class FullDisk extends OutputStream {
    private long room;

    FullDisk(long room) {
      this.room = room;
    }

    @Override
    public void write(int octet) throws IOException {
      room--;
      if (room < 0) {
        throw new IOException("No space left on device");
      }
    }

    boolean isFull() {
      return room < 0;
    }
  }

  @Test
  void lostOutputIsToldWhereverItWasLost() throws IOException {
    long seed = Trial.setting("seed", 20261124);
    long count = Trial.setting("streams", 300);
    CommandLines lines = new CommandLines(Stage.set(directory), seed);
    Random random = new Random(seed);
    try (Trial trial = new Trial("lost output, seed " + seed)) {
      for (long i = 0; i < count; i++) {
        Line line = lines.next();
        FullDisk out = new FullDisk(random.nextInt(2000));
        FullDisk err = new FullDisk(random.nextInt(4) == 0 ? 0 : Integer.MAX_VALUE);
        int code =
            trial.run(
                line.words(),
                new PrintWriter(out, false, StandardCharsets.UTF_8),
                new PrintWriter(err, false, StandardCharsets.UTF_8));
        if (out.isFull() && line.codes().contains(0)) {
          assertThat(code).as("%s", line).isNotZero();
        } else {
          assertThat(code).as("%s", line).isIn(line.codes());
        }
      }
    }
  }
}
