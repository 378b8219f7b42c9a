package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RenderingTest {
  private static String print(Table table) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Console console = Console.plain(out, out);
    table.printTo(console);
    console.flush();
    return text.toString();
  }

  @Test
  void columnsAreAlignedAndNumbersStandOnTheRight() {
    Table table = new Table().indentedBy(2).row("name", "bytes", "where");
    table.row("tx", 4096, "0x1000").row("long-name", 1_048_576, "0x2000");
    assertThat(print(table))
        .isEqualToNormalizingNewlines(
            """
              name       bytes      where
              tx             4,096  0x1000
              long-name  1,048,576  0x2000
            """);
  }

  @Test
  void numbersAreTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.GERMANY);
    try {
      assertThat(print(new Table().row(1_048_576L))).isEqualTo("1,048,576\n");
      assertThat(Words.count(4096, "extent")).isEqualTo("4,096 extents");
    } finally {
      Locale.setDefault(before);
    }
    for (long number : new long[] {0, 999, 1000, -1, -999, -1000, 123_456, Long.MIN_VALUE}) {
      assertThat(Words.grouped(number)).isEqualTo(String.format(Locale.ROOT, "%,d", number));
    }
  }

  @Test
  void rowsMayBeShorterThanOthers() {
    assertThat(print(new Table().row("a", "b").row("only one")))
        .isEqualToNormalizingNewlines("a         b\nonly one\n");
  }

  @Test
  void jsonIsOneDocumentWithLongsUnrounded() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("big", Long.MAX_VALUE);
    tree.put("text", "a \"quoted\" line");
    tree.put("list", List.of(1, true));
    tree.put("nothing", null);
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Json.write(out, tree);
    assertThat(text.toString())
        .isEqualTo(
            """
            {
              "big" : 9223372036854775807,
              "text" : "a \\"quoted\\" line",
              "list" : [
                1,
                true
              ],
              "nothing" : null
            }
            """);
  }

  @Test
  void amountsAreNeverRounded() {
    assertThat(Words.bytes(0)).isEqualTo("0 bytes");
    assertThat(Words.bytes(1)).isEqualTo("1 byte");
    assertThat(Words.bytes(5000)).isEqualTo("5000 bytes");
    assertThat(Words.bytes(4096)).isEqualTo("4 KiB");
    assertThat(Words.bytes(5L << 30)).isEqualTo("5 GiB");
    assertThat(Words.bytes((64L << 20) + 4096)).isEqualTo("65540 KiB");
    assertThat(Words.count(1, "extent")).isEqualTo("1 extent");
    assertThat(Words.count(1234, "extent")).isEqualTo("1,234 extents");
    assertThat(Words.count(3, "process")).isEqualTo("3 processes");
  }

  @Test
  void withoutATerminalThereIsNoColour() {
    Console console =
        Console.plain(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
    assertThat(console.colour(Console.Colour.BAD, "not ok")).isEqualTo("not ok");
  }
}
