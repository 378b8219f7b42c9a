package io.holdfast.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.session.SessionException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InheritedDescriptorsTest {
  private static Map<String, String> environment(String pid, String count, String names) {
    return Map.of("LISTEN_PID", pid, "LISTEN_FDS", count, "LISTEN_FDNAMES", names);
  }

  @Test
  void descriptorsAreNumberedFromThreeInTheOrderOfTheirNames() {
    InheritedDescriptors inherited =
        InheritedDescriptors.from(environment("7", "3", "web:holdfast-session:holdfast-file-1"), 7)
            .getFirst();
    assertThat(inherited.session()).contains(4);
    assertThat(inherited.isComplete()).isFalse();
    assertThat(inherited.all()).containsExactly(4, 5);
  }

  @Test
  void anotherProcessesDescriptorsAreNotTaken() {
    assertThat(InheritedDescriptors.from(environment("8", "1", "holdfast-session"), 7)).isEmpty();
    assertThat(InheritedDescriptors.from(Map.of(), 7)).isEmpty();
  }

  @Test
  void aCountThatDoesNotFitTheNamesIsRefused() {
    assertThatThrownBy(
            () -> InheritedDescriptors.from(environment("7", "1", "holdfast-session:web"), 7))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("LISTEN_FDS is 1, but LISTEN_FDNAMES has 2");
    assertThatThrownBy(() ->
            InheritedDescriptors.from(
                environment("7", "3", "holdfast-file-1:holdfast-session:holdfast-file-1"), 7))
        .hasMessageContaining("twice");
    assertThat(InheritedDescriptors.from(environment("7", "1", "web:db"), 7)).isEmpty();
  }

  @Test
  void eachSessionHasWhatFollowsItAndTheFirstWhatPrecedesIt() {
    String names =
        "holdfast-file-9:holdfast-session:web:holdfast-file-1:holdfast-session:holdfast-file-1";
    assertThat(InheritedDescriptors.from(environment("7", "6", names), 7))
        .extracting(InheritedDescriptors::all)
        .containsExactly(List.of(3, 4, 6), List.of(7, 8));
  }

  @Test
  void anIommufdMakesItComplete() {
    assertThat(
            InheritedDescriptors.from(
                    environment("7", "2", "holdfast-session:holdfast-iommufd-1-4-"), 7)
                .getFirst()
                .isComplete())
        .isTrue();
  }

  @Test
  void aCountThatIsNoNumberIsNamed() {
    assertThatThrownBy(
            () -> InheritedDescriptors.from(environment("7", "many", "holdfast-session"), 7))
        .isInstanceOf(SessionException.class)
        .hasMessageContaining("LISTEN_FDS is \"many\"");
  }
}
