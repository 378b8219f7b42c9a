package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.linux.HostFacts;
import io.holdfast.model.Extensions;
import io.holdfast.model.Extent;
import io.holdfast.model.ExtentList;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan.Step;
import io.holdfast.session.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PlannedStepsTest {
  private static final HostIdentity HOST = new HostIdentity("m1", "7.3.0", "amd64", 4096);
  private static final UUID BOOT = new UUID(0, 1);

  /** A session with so many mappings in each IOAS. */
  private static SessionState session(int... counts) {
    List<IoasState> ioases = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      List<MappingState> mappings = new ArrayList<>();
      for (int j = 0; j < counts[i]; j++) {
        mappings.add(
            new MappingState(
                "m" + i + "-" + j,
                new IovaRange(0x1000L * (j + 1), 0x1000),
                true,
                true,
                new MappingState.Anonymous(true),
                Policy.OPTIONAL,
                ExtentList.of(new Extent(0x5000, 0x1000))));
      }
      ioases.add(new IoasState("ioas" + i, mappings));
    }
    return new SessionState("nic0", new UUID(1, 1), 6, HOST, List.of(BOOT), Extensions.NONE)
        .withContents(List.of(), ioases, List.of());
  }

  private static List<String> wanted(int... counts) {
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts[i]; j++) {
        wanted.add(
            "map \"m%1$d-%2$d\" in IOAS \"ioas%1$d\" at 0x%3$x..0x%4$x"
                .formatted(i, j, 0x1000 * (j + 1), 0x1000 * (j + 2) - 1));
        wanted.add("compare 1 extents of \"m%d-%d\"".formatted(i, j));
      }
    }
    wanted.add("record the session as generation 7");
    wanted.add("finish live update session \"nic0\"");
    return wanted;
  }

  @Test
  void everyMappingHasItsStepsWhereverAnIoasHasNone() {
    HostFacts facts = new HostFacts(HOST, BOOT, true, true, true, Map.of());
    int[][] cases = {
      {}, {0}, {1}, {2, 1}, {0, 0, 3}, {1, 0, 0, 2}, {0, 1, 0, 1, 0}, {5, 4, 3, 0, 7, 0, 0, 1}
    };
    for (int[] counts : cases) {
      List<Step> steps = PlannedSteps.of(session(counts), facts, Set.of());
      assertThat(steps.stream().map(Step::action).toList())
          .containsExactlyElementsOf(wanted(counts));
      assertThat(steps.getLast().stage()).isEqualTo(Stage.FINISH);
      assertThat(steps.get(steps.size() - 2).stage()).isEqualTo(Stage.HAND_OVER);
      assertThat(steps.stream().filter(step -> step.stage() == Stage.MAP))
          .hasSize((steps.size() - 2) / 2);
    }
  }
}
