package io.holdfast.cli;

import java.util.ArrayList;
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

  /** A number on the right. */
  static Cell number(long value) {
    return ascii(Words.grouped(value));
  }

  /** An address on the right. */
  static Cell address(long value) {
    return ascii(Words.hex(value));
  }

  /** A text of the tool's own, which need not be looked through. */
  private static Cell ascii(String text) {
    return new Cell(text, text.length(), true);
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

  private static Cell of(Object text) {
    return switch (text) {
      case Cell cell -> cell;
      case Number number -> number(number.longValue());
      default -> left(text);
    };
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void printTo(Console console) {
    List<Integer> widths = new ArrayList<>();
    all(row -> {
      for (int column = 0; column < row.length; column++) {
        int width = of(row[column]).width();
        if (column == widths.size()) {
          widths.add(width);
        } else if (width > widths.get(column)) {
          widths.set(column, width);
        }
      }
    });
    StringBuilder line = new StringBuilder();
    all(row -> {
      line.setLength(0);
      line.append(indent);
      for (int column = 0; column < row.length; column++) {
        Cell cell = of(row[column]);
        int padding = widths.get(column) - cell.width();
        line.repeat(' ', column == 0 ? 0 : GAP);
        line.repeat(' ', cell.right() ? padding : 0);
        line.append(cell.text());
        line.repeat(' ', cell.right() ? 0 : padding);
      }
      console.line(line.toString().stripTrailing());
    });
  }

  private void all(Consumer<Object[]> each) {
    rows.forEach(some -> some.accept(each));
  }
}
