package io.holdfast.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UndoTest {
  private final List<String> done = new ArrayList<>();

  private Closing.Step step(String name) {
    return () -> done.add(name);
  }

  private Closing.Step failing(String name) {
    return () -> {
      done.add(name);
      throw new IllegalStateException(name);
    };
  }

  @Test
  void stepsAreRunLastFirst() {
    try (Undo undo = new Undo()) {
      undo.with(step("first"));
      undo.with(step("second"));
    }
    assertThat(done).containsExactly("second", "first");
  }

  @Test
  void nothingIsUndoneOfWhatSucceeded() {
    try (Undo undo = new Undo()) {
      undo.with(step("first"));
      undo.forget();
      undo.with(step("later"));
    }
    assertThat(done).containsExactly("later");
  }

  @Test
  void theFirstFailureIsThrownAndTheOthersAreSuppressedInIt() {
    assertThatThrownBy(
            () -> {
              try (Undo undo = new Undo()) {
                undo.with(step("a"));
                undo.with(failing("b"));
                undo.with(failing("c"));
                throw new IOException("the cause");
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessage("the cause")
        .satisfies(cause -> {
          assertThat(cause.getSuppressed()).hasSize(1);
          assertThat(cause.getSuppressed()[0]).hasMessage("c");
          assertThat(cause.getSuppressed()[0].getSuppressed()[0]).hasMessage("b");
        });
    assertThat(done).containsExactly("c", "b", "a");
  }

  @Test
  void anErrorStopsNothing() {
    AssertionError error = new AssertionError("an error");
    assertThatThrownBy(() ->
            new Closing()
                .step(() -> {
                  throw error;
                })
                .step(step("next"))
                .step(failing("last"))
                .step(() -> {
                  throw error; // The same one again must not make it its own cause.
                })
                .end())
        .isSameAs(error)
        .satisfies(it -> assertThat(it.getSuppressed()).hasSize(1));
    assertThat(done).containsExactly("next", "last");
  }

  @Test
  void whatIsClosedMayThrowWhatItDeclares() {
    AutoCloseable resource =
        () -> {
          throw new IOException("close");
        };
    assertThatThrownBy(
            () -> {
              try (Undo undo = new Undo()) {
                assertThat(undo.closes(resource)).isSameAs(resource);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessage("close");
  }
}
