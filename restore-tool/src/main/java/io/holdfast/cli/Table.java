package io.holdfast.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of text in aligned columns, two spaces between them; numbers stand on the right. Not
 * thread-safe.
 */
final class Table {
  private final List<List<Cell>> rows = new ArrayList<>();
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
    rows.add(cells);
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
    for (List<Cell> row : rows) {
      for (int column = 0; column < row.size(); column++) {
        int width = row.get(column).width();
        if (column == widths.size()) {
          widths.add(width);
        } else {
          widths.set(column, Math.max(widths.get(column), width));
        }
      }
    }
    for (List<Cell> row : rows) {
      StringBuilder line = new StringBuilder(indent);
      for (int column = 0; column < row.size(); column++) {
        Cell cell = row.get(column);
        String padding = " ".repeat(widths.get(column) - cell.width());
        line.append(column == 0 ? "" : "  ");
        line.append(cell.right() ? padding + cell.text() : cell.text() + padding);
      }
      console.line(line.toString().stripTrailing());
    }
  }
}
