package io.holdfast.cli;

import static io.holdfast.cli.Table.coloured;
import static io.holdfast.cli.Table.left;

import io.holdfast.cli.Console.Colour;
import io.holdfast.doctor.HostCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows what a doctor found, for people and for programs. */
final class CheckTable {
  private CheckTable() {}

  static void print(Console console, List<HostCheck> checks) {
    Table table = new Table();
    for (HostCheck check : checks) {
      table.row(
          coloured(console, colour(check.status()), word(check.status())),
          left(check.name()),
          left(check.detail()));
      if (!check.remedy().isEmpty()) {
        table.row("", "", "to do: " + check.remedy());
      }
    }
    table.printTo(console);
    console.blank();
  }

  static Map<String, Object> document(HostCheck check) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", check.name());
    fields.put("status", word(check.status()).replace(' ', '-'));
    fields.put("detail", check.detail());
    fields.put("remedy", check.remedy());
    return fields;
  }

  private static String word(HostCheck.Status status) {
    return switch (status) {
      case OK -> "ok";
      case WARNING -> "warning";
      case NOT_OK -> "not ok";
    };
  }

  private static Colour colour(HostCheck.Status status) {
    return switch (status) {
      case OK -> Colour.GOOD;
      case WARNING -> Colour.CAUTION;
      case NOT_OK -> Colour.BAD;
    };
  }
}
