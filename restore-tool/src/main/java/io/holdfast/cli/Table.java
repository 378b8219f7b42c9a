package io.holdfast.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Rows of text in aligned columns, two spaces between them; numbers stand on the right. Not
 * thread-safe.
 */
final class Table {
  private final List<Supplier<Stream<List<Cell>>>> rows = new ArrayList<>();
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

  /** A number on the right. */
  static Cell right(Object text) {
    return cell(text, true);
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
    return add(Arrays.stream(texts).map(Table::of).toList());
  }

  /** Adds a row. */
  Table add(List<Cell> cells) {
    rows.add(() -> Stream.of(cells));
    return this;
  }

  /**
   * Adds rows that are made when they are printed, and not kept: there may be millions. They are
   * asked for twice, once to see how wide they are.
   */
  Table rows(Supplier<Stream<Object[]>> made) {
    rows.add(() -> made.get().map(texts -> Arrays.stream(texts).map(Table::of).toList()));
    return this;
  }

  private static Cell of(Object text) {
    return switch (text) {
      case Cell cell -> cell;
      case Number number -> right("%,d".formatted(number));
      default -> left(text);
    };
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void printTo(Console console) {
    List<Integer> widths = new ArrayList<>();
    all()
        .forEach(row -> {
          for (int column = 0; column < row.size(); column++) {
            int width = row.get(column).width();
            if (column == widths.size()) {
              widths.add(width);
            } else {
              widths.set(column, Math.max(widths.get(column), width));
            }
          }
        });
    all()
        .forEach(row -> {
          StringBuilder line = new StringBuilder(indent);
          for (int column = 0; column < row.size(); column++) {
            Cell cell = row.get(column);
            String padding = " ".repeat(widths.get(column) - cell.width());
            line.append(column == 0 ? "" : "  ");
            line.append(cell.right() ? padding + cell.text() : cell.text() + padding);
          }
          console.line(line.toString().stripTrailing());
        });
  }

  private Stream<List<Cell>> all() {
    return rows.stream().flatMap(Supplier::get);
  }
}
