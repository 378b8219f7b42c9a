package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.Stage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {
  private static final long SECOND = 1_000_000_000;

  private final ProgressLine line = new ProgressLine();

  @BeforeEach
  void begin() {
    line.begin(Stage.VERIFY, 0);
  }

  @Test
  void aRateAndATimeAreToldOnceTheyMeanSomething() {
    assertThat(line.after(Stage.VERIFY, "tx", 101, 10_000, SECOND / 10))
        .isEqualTo("verify [....................] 101/10,000  tx");
    assertThat(line.after(Stage.VERIFY, "tx", 5001, 10_000, 2 * SECOND))
        .isEqualTo("verify [##########..........] 5,001/10,000  2,500/s  2 s left  tx");
  }

  @Test
  void nothingIsLeftAtTheEnd() {
    assertThat(line.after(Stage.VERIFY, "tx", 10_000, 10_000, 4 * SECOND))
        .isEqualTo("verify [####################] 10,000/10,000  2,500/s  tx");
  }

  @Test
  void longTimesAreInMinutes() {
    assertThat(line.after(Stage.VERIFY, "tx", 2, 1001, SECOND)).contains(" 1/s  17 min left ");
  }

  @Test
  void itFitsATerminalAndIsSafeForIt() {
    String hostile = "\u001b[2J" + "n".repeat(200);
    assertThat(line.after(Stage.VERIFY, hostile, 1, 2, SECOND))
        .hasSize(79)
        .endsWith("…")
        .doesNotContain("\u001b");
  }

  @Test
  void aStageWithoutAnythingDoneInTimeHasNoEnd() {
    assertThat(line.after(Stage.VERIFY, "tx", 1, 2, SECOND)).contains(" 0/s  tx");
  }
}
