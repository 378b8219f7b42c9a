package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.ExtentList;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class PageTest {
  private static String printed(Consumer<Page> lines) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Console console = Console.plain(out, out);
    try (Page page = new Page(console)) {
      lines.accept(page);
    }
    console.flush();
    return text.toString();
  }

  @Test
  void numbersAreAsElsewhere() {
    long seed = Long.getLong("holdfast.seed", System.nanoTime());
    System.out.println("PageTest: seed " + seed);
    Random random = new Random(seed);
    StringBuilder wanted = new StringBuilder();
    long[] values = new long[3000];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextLong() >> random.nextInt(64);
    }
    values[0] = 0;
    values[1] = Long.MAX_VALUE;
    values[2] = Long.MIN_VALUE;
    values[3] = -1;
    values[4] = 1000;
    values[5] = 999;
    String printed =
        printed(page -> {
          for (long value : values) {
            page.hex(value).spaces(1).grouped(value).end();
            assertThat(Page.hexWidth(value)).isEqualTo(Words.hex(value).length());
            assertThat(Page.groupedWidth(value)).isEqualTo(Words.grouped(value).length());
          }
        });
    for (long value : values) {
      wanted.append(Words.hex(value)).append(' ').append(Words.grouped(value)).append('\n');
    }
    assertThat(printed).isEqualTo(wanted.toString());
  }

  @Test
  void aLineMayBeLongerThanThePageAndEndsWithoutSpaces() {
    String printed =
        printed(page -> page.text("x".repeat(100_000)).spaces(70_000).end().end().text("y").end());
    assertThat(printed).isEqualTo("x".repeat(100_000) + "\n\ny\n");
  }

  @Test
  void extentsStandInColumns() {
    ExtentList extents =
        ExtentList.builder().add(0x1_0000_0000L, 1 << 20).add(0x5000, 4096).build();
    assertThat(printed(page -> ExtentTable.print(page, extents)))
        .isEqualTo(
            """
                offset  physical address      bytes
                   0x0       0x100000000  1,048,576
              0x100000            0x5000      4,096
            """);
    assertThat(printed(page -> ExtentTable.print(page, ExtentList.EMPTY)))
        .isEqualTo("  offset  physical address  bytes\n");
  }

  @Test
  void whatIsNotSafeDoesNotGetThrough() {
    assertThat(printed(page -> page.text("a\u001b[2J").end())).isEqualTo("a\\u001b[2J\n");
  }
}
