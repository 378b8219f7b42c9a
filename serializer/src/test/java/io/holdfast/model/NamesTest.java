package io.holdfast.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one rule for names. */
class NamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"a", "rx ring", "Empfangsring №1", "环", "🂡", "a\u0301", " ", "\\ \" / ."})
  void ordinaryTextIsAName(String name) {
    assertThat(Names.check("it", name)).isEqualTo(name);
  }

  @Test
  void theLengthCountsBytesOfUtf8AndNotCharacters() {
    assertThat(Names.check("it", "a".repeat(255))).hasSize(255);
    assertThat(Names.check("it", "ü".repeat(127) + "a")).hasSize(128);
    for (String name : new String[] {"a".repeat(256), "ü".repeat(128), "🂡".repeat(64), ""}) {
      assertThatThrownBy(() -> Names.check("the name of an IOAS", name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the name of an IOAS")
          .hasMessageContaining("255 bytes of UTF-8");
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0, 9, 0x0a, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0xad, 0x61c, 0x180e, 0x200b, 0x200d,
        0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0x3164, 0xfe0f,
        0xfeff, 0xfff9, 0xe0001, 0xe007f
      })
  void whatCannotBeSeenOrMovesOtherTextIsRefused(int codePoint) {
    for (String name :
        new String[] {
          Character.toString(codePoint),
          "a" + Character.toString(codePoint),
          Character.toString(codePoint) + "ü"
        }) {
      assertThatThrownBy(() -> Names.check("it", name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("U+%04X".formatted(codePoint));
    }
  }

  @Test
  void everyFormatAndSeparatorCharacterThatHidesOrReordersIsRefused() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      int type = Character.getType(c);
      byte direction = Character.getDirectionality(c);
      boolean control =
          type == Character.CONTROL
              || type == Character.LINE_SEPARATOR
              || type == Character.PARAGRAPH_SEPARATOR;
      boolean embedding =
          direction >= Character.DIRECTIONALITY_LEFT_TO_RIGHT_EMBEDDING
              && direction <= Character.DIRECTIONALITY_POP_DIRECTIONAL_FORMAT;
      boolean isolate = direction >= Character.DIRECTIONALITY_LEFT_TO_RIGHT_ISOLATE;
      if (control || embedding || isolate) {
        assertThat(Names.isRefused(c)).as("U+%04X", c).isTrue();
      }
    }
  }

  @Test
  void halfACharacterIsRefused() {
    for (String name : new String[] {"\ud83c", "a\udc00", "\udc00\ud83c"}) {
      assertThatThrownBy(() -> Names.check("it", name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("half a character");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "-a", "_a", "a/b", "nic 0", "ü", "a\u001b[31m", "a\n"})
  void sessionsAreNarrower(String name) {
    assertThatThrownBy(() -> Names.checkSession(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a session name")
        .message()
        .doesNotContain("\u001b")
        .doesNotContain("\n");
  }

  @Test
  void aSessionsNameFitsTheKernelsStruct() {
    assertThat(Names.checkSession("n".repeat(63)).getBytes(StandardCharsets.UTF_8)).hasSize(63);
    assertThatThrownBy(() -> Names.checkSession("n".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Names.checkSession("n".repeat(1 << 20)))
        .message()
        .hasSizeLessThan(300);
  }
}
