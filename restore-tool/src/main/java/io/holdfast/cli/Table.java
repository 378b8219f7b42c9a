package io.holdfast.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Rows of text in aligned columns, two spaces between them; numbers stand on the right. Not
 * thread-safe.
 */
final class Table {
  private static final int GAP = 2;

  /** Each hands its rows to somebody, as often as it is asked to. */
  private final List<Consumer<Consumer<Object[]>>> rows = new ArrayList<>();

  private String indent = "";

  /**
   * One cell: what is printed (perhaps with colour), how wide it looks, and on which side it
   * stands.
   */
  record Cell(String text, int width, boolean right) {}

  /** A text on the left. */
  static Cell left(Object text) {
    return cell(text, false);
  }

  /** A text on the right. */
  static Cell right(Object text) {
    return cell(text, true);
  }

  /** An address, which stands on the right. */
  record Address(long value) {}

  /** An address on the right. */
  static Address address(long value) {
    return new Address(value);
  }

  private static Cell cell(Object text, boolean right) {
    String safe = SafeText.field(text);
    return new Cell(safe, SafeText.columns(safe), right);
  }

  /** A text in a colour. */
  static Cell coloured(Console console, Console.Colour colour, String text) {
    return new Cell(console.colour(colour, text), SafeText.columns(SafeText.field(text)), false);
  }

  /** Spaces before every row. */
  Table indentedBy(int columns) {
    indent = " ".repeat(columns);
    return this;
  }

  /** Adds a row of texts on the left. */
  Table row(Object... texts) {
    rows.add(each -> each.accept(texts));
    return this;
  }

  /** Adds a row. */
  Table add(List<Cell> cells) {
    return row(cells.toArray());
  }

  /**
   * Adds rows that are made when they are printed, and not kept: there may be millions. They are
   * asked for twice, once to see how wide they are.
   */
  Table rows(Supplier<Stream<Object[]>> made) {
    rows.add(each -> made.get().forEachOrdered(each));
    return this;
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void printTo(Console console) {
    int[] widths = widths();
    try (Page page = new Page(console)) {
      all(row -> {
        page.text(indent);
        for (int column = 0; column < row.length; column++) {
          print(page.spaces(column == 0 ? 0 : GAP), row[column], widths[column]);
        }
        page.end();
      });
    }
  }

  private int[] widths() {
    int[][] widths = {new int[8]};
    all(row -> {
      if (row.length > widths[0].length) {
        widths[0] = Arrays.copyOf(widths[0], row.length);
      }
      for (int column = 0; column < row.length; column++) {
        widths[0][column] = Math.max(widths[0][column], width(row[column]));
      }
    });
    return widths[0];
  }

  private static int width(Object value) {
    return switch (value) {
      case Cell cell -> cell.width();
      case Address address -> Page.hexWidth(address.value());
      case Number number -> Page.groupedWidth(number.longValue());
      default -> SafeText.columns(SafeText.field(value));
    };
  }

  private static void print(Page page, Object value, int width) {
    switch (value) {
      case Address address ->
          page.spaces(width - Page.hexWidth(address.value())).hex(address.value());
      case Number number ->
          page.spaces(width - Page.groupedWidth(number.longValue())).grouped(number.longValue());
      default -> {
        Cell cell = value instanceof Cell made ? made : left(value);
        int padding = width - cell.width();
        page.spaces(cell.right() ? padding : 0)
            .text(cell.text())
            .spaces(cell.right() ? 0 : padding);
      }
    }
  }

  private void all(Consumer<Object[]> each) {
    rows.forEach(some -> some.accept(each));
  }
}
