package io.holdfast.serializer;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ExtentList;
import io.holdfast.model.IoasState;
import io.holdfast.model.IovaRange;
import io.holdfast.model.MappingState;
import io.holdfast.model.Policy;
import io.holdfast.model.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Mappings that share an IOVA are found, whichever comes first, also where addresses are high. */
class OverlapTest {
  private static final long[] BASES = {0, Long.MAX_VALUE - 40, -80};

  @Test
  void isFoundAsByComparingEachWithEach() {
    Random random = new Random(1);
    int overlapping = 0;
    for (int run = 0; run < 3000; run++) {
      List<MappingState> mappings = new ArrayList<>();
      long base = BASES[run % BASES.length];
      int count = 2 + random.nextInt(5);
      for (int i = 0; i < count; i++) {
        mappings.add(mapping("m" + i, base + random.nextInt(60), 1 + random.nextInt(15)));
      }
      boolean expected = overlap(mappings);
      overlapping += expected ? 1 : 0;
      SessionState session =
          Samples.SESSION.withContents(
              List.of(), List.of(new IoasState("rings", mappings)), List.of());
      SessionRules.Violation found = SessionRules.check(session);
      assertThat(found != null).as("%s", mappings).isEqualTo(expected);
      if (found != null) {
        assertThat(found.what()).contains("overlaps the one at");
      }
    }
    assertThat(overlapping).isBetween(300, 2700);
  }

  private static boolean overlap(List<MappingState> mappings) {
    for (int i = 0; i < mappings.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (mappings.get(i).iova().overlaps(mappings.get(j).iova())) {
          return true;
        }
      }
    }
    return false;
  }

  private static MappingState mapping(String name, long start, long lengthBytes) {
    return new MappingState(
        name,
        new IovaRange(start, lengthBytes),
        true,
        true,
        new MappingState.Anonymous(true),
        Policy.REQUIRED,
        ExtentList.EMPTY);
  }
}
