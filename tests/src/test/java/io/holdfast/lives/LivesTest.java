package io.holdfast.lives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole lives of drivers on the simulated kernel, under faults. The same lives every time; {@code
 * -Dholdfast.seed=S} lives one of them, or any other.
 */
class LivesTest {
  private static final int LIVES = 150;
  private static final Optional<Long> SEED = Optional.ofNullable(Long.getLong("holdfast.seed"));

  @TempDir Path folder;

  @Test
  void everythingHoldsInEveryLife() {
    Lives lives = new Lives(SEED.orElse(1L), SEED.isPresent() ? 1 : LIVES, 2);
    Optional<LifeFailed> failed = lives.run(null);
    failed.ifPresent(each -> {
      throw each;
    });
    if (SEED.isEmpty()) {
      Tally tally = lives.tally();
      assertThat(tally.lives).isEqualTo(LIVES);
      assertThat(
              List.of(
                  tally.restores,
                  tally.resumes,
                  tally.left,
                  tally.deaths,
                  tally.transfers,
                  tally.coldBoots,
                  tally.takeovers))
          .as(
              "restores, resumes, sessions left by the tool, deaths, transfers, cold boots and"
                  + " takeovers; without any, nothing was tried")
          .allMatch(count -> count > 0);
      assertThat(tally.refusals()).hasSizeGreaterThan(10);
    }
  }

  @Test
  void aSeedGivesTheSameLifeAgain() {
    Tally once = lived();
    Tally again = lived();
    assertThat(once.calls).isPositive().isEqualTo(again.calls);
    assertThat(once.refusals()).isEqualTo(again.refusals());
  }

  private Tally lived() {
    Tally tally = new Tally();
    Lives.live(77, folder.resolve("life"), tally);
    return tally;
  }
}
