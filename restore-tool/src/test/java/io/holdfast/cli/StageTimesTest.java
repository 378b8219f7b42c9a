package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.session.Stage;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StageTimesTest {
  @Test
  void stagesThatAlternateHaveTheirOwnTimeEach() {
    StageTimes times = new StageTimes(1_000_000);
    times.onProgress(Stage.ATTACH, 1, 1_010_000);
    times.onProgress(Stage.MAP, 1, 1_030_000);
    times.onProgress(Stage.VERIFY, 1, 1_031_000);
    times.onProgress(Stage.MAP, 2, 1_041_000);
    times.onProgress(Stage.VERIFY, 2, 1_045_000);
    assertThat(times.finished(Instant.EPOCH).stages())
        .isEqualTo(
            List.of(
                new StageTimes.Times(Stage.ATTACH, 1, 0, 10, 10),
                new StageTimes.Times(Stage.MAP, 2, 10, 41, 30),
                new StageTimes.Times(Stage.VERIFY, 2, 30, 45, 5)));
  }

  @Test
  void aSecondAttemptBeginsAnew() {
    StageTimes times = new StageTimes(0);
    times.onProgress(Stage.ATTACH, 1, 1000);
    times.onProgress(Stage.RETRIEVE, 1, 5000);
    times.onProgress(Stage.ATTACH, 1, 9000);
    assertThat(times.finished(Instant.EPOCH).stages())
        .containsExactly(new StageTimes.Times(Stage.ATTACH, 1, 5, 9, 4));
  }
}
