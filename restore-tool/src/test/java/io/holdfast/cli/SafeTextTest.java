package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.Extensions;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SafeTextTest {
  @Test
  void whatCouldMoveTheCursorIsEscaped() {
    assertThat(SafeText.field("a\u001b[2Jb")).isEqualTo("a\\u001b[2Jb");
    assertThat(SafeText.field("\u001b]0;title\u0007")).isEqualTo("\\u001b]0;title\\u0007");
    assertThat(SafeText.field("a\nb\r\tc")).isEqualTo("a\\u000ab\\u000d\\u0009c");
    assertThat(SafeText.field("\u009b31m\u0085\u007f")).isEqualTo("\\u009b31m\\u0085\\u007f");
  }

  @Test
  void whatReadsDifferentlyFromWhatItIsIsEscaped() {
    assertThat(SafeText.field("a\u202eb\u2066c\u200fd")).isEqualTo("a\\u202eb\\u2066c\\u200fd");
    assertThat(SafeText.field("a\u200bb\u00adc\ufeffd")).isEqualTo("a\\u200bb\\u00adc\\ufeffd");
    assertThat(SafeText.field("a\u2028b\u00a0c\u3164d")).isEqualTo("a\\u2028b\\u00a0c\\u3164d");
    assertThat(SafeText.field("\ud800x\udc00")).isEqualTo("\\ud800x\\udc00");
    assertThat(SafeText.field(Character.toString(0xe0041))).isEqualTo("\\u{e0041}");
  }

  @Test
  void lettersOfEveryScriptStay() {
    for (String text : new String[] {"größe", "Привет", "日本語", "עברית", "🙂", "e\u0301"}) {
      assertThat(SafeText.field(text)).isEqualTo(text);
    }
  }

  @Test
  void aFieldCannotLookLikeSeveralColumns() {
    assertThat(SafeText.field("a  b c ")).isEqualTo("a \\u0020b c\\u0020");
    assertThat(SafeText.field(" ")).isEqualTo("\\u0020");
  }

  @Test
  void whatIsLongIsCut() {
    assertThat(SafeText.field("x".repeat(100_000)))
        .hasSizeLessThan(600)
        .startsWith("xxx")
        .endsWith("… (99,488 more characters)");
    // Not through the middle of a character.
    assertThat(SafeText.limit("🙂🙂", 3)).isEqualTo("🙂… (2 more characters)");
  }

  @Test
  void columnsAreThoseOfATerminal() {
    assertThat(SafeText.columns("größe")).isEqualTo(5);
    assertThat(SafeText.columns("日本語")).isEqualTo(6);
    assertThat(SafeText.columns("e\u0301")).isEqualTo(1);
  }

  @Test
  void nothingUnsafePassesTheStreamsWhateverIsPrinted() throws IOException {
    Random random = new Random(7);
    for (boolean terminal : new boolean[] {false, true}) {
      for (int run = 0; run < 2000; run++) {
        StringWriter to = new StringWriter();
        try (SafeWriter writer = new SafeWriter(to, terminal)) {
          writer.write(noise(random));
          writer.write(noise(random).toCharArray());
          writer.write(random.nextInt(0x100));
        }
        String printed = to.toString();
        String rest = terminal ? printed.replaceAll("\u001b\\[\\d+m|\r\u001b\\[K", "") : printed;
        assertThat(rest.codePoints().filter(c -> c != '\n' && SafeText.isUnsafe(c)).toArray())
            .as("seed 7, run %d", run)
            .isEmpty();
      }
    }
  }

  private static String noise(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> text.append("\u001b[31m");
        case 1 -> text.append("\u001b]8;;file:///etc\u0007");
        case 2 -> text.append((char) random.nextInt(0x10000));
        case 3 -> text.appendCodePoint(random.nextInt(0x110000));
        case 4 -> text.append("\r\u001b[K");
        default -> text.append((char) random.nextInt(0xa0));
      }
    }
    return text.toString();
  }

  @Test
  void aLineIsOneLine() {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Console console = Console.plain(out, out);
    console.line("a\nb");
    console.message("c\nnic9   9  sealed");
    console.flush();
    assertThat(text.toString()).isEqualTo("a\\u000ab\nholdfast: c\\u000anic9   9  sealed\n");
  }

  @Test
  void aRowOfATableCannotBeForged() {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Console console = Console.plain(out, out);
    new Table().row("nic0\nnic1  7", "none").row("größe", "none").printTo(console);
    console.flush();
    assertThat(text.toString())
        .isEqualTo("nic0\\u000anic1 \\u00207  none\ngröße                   none\n");
  }

  @Test
  void aDocumentIsAsciiAndKeepsItsMeaning() {
    StringWriter text = new StringWriter();
    Json.writeLine(new PrintWriter(text), Map.of("k\u0085", "a\u001b\u009b\u202e\u007f🙂"));
    assertThat(text.toString())
        .isEqualTo("{\"k\\u0085\":\"a\\u001B\\u009b\\u202e\\u007f\\ud83d\\ude42\"}\n");
    SessionState session = Samples.session();
    SessionState named =
        new SessionState(
            session.name(),
            session.journal(),
            session.generation(),
            session.host(),
            session.bootChain(),
            new Extensions(Map.of("later", "\u009b")));
    StringWriter whole = new StringWriter();
    Json.write(new PrintWriter(whole), Map.of("m", named));
    assertThat(whole.toString())
        .startsWith("{\n  \"m\" : {\n  \"format\": \"holdfast-manifest\"")
        .contains("\"later\": \"\\u009b\"")
        .endsWith("}\n}\n");
  }
}
