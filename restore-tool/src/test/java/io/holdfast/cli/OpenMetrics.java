package io.holdfast.cli;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of OpenMetrics text with gauges, by the grammar of the OpenMetrics 1.0 standard:
 * one family after the other, its descriptions first, no series twice, {@code # EOF} and nothing
 * after it. Stateless.
 */
final class OpenMetrics {
  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
  private static final Pattern TYPE = Pattern.compile("# TYPE (" + NAME + ") gauge");
  private static final Pattern UNIT = Pattern.compile("# UNIT (" + NAME + ") ([a-z]+)");
  private static final Pattern HELP = Pattern.compile("# HELP (" + NAME + ") [^\n]+");
  private static final Pattern SAMPLE =
      Pattern.compile(
          "(" + NAME + ")(\\{" + LABEL + "(?:," + LABEL + ")*\\})? (-?\\d+(?:\\.\\d+)?)");

  private OpenMetrics() {}

  /** Every series with its value; refuses what the standard does not allow. */
  static Map<String, BigDecimal> parse(String text) {
    if (!text.endsWith("\n# EOF\n")) {
      throw new IllegalArgumentException("does not end in # EOF");
    }
    Map<String, BigDecimal> series = new LinkedHashMap<>();
    Set<String> families = new HashSet<>();
    String family = "";
    for (String line : text.substring(0, text.length() - "# EOF\n".length()).split("\n", -1)) {
      Matcher type = TYPE.matcher(line);
      Matcher unit = UNIT.matcher(line);
      Matcher help = HELP.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (type.matches()) {
        family = type.group(1);
        require(families.add(family), "a family twice", line);
      } else if (unit.matches()) {
        require(unit.group(1).equals(family), "of another family", line);
        require(family.endsWith("_" + unit.group(2)), "a unit that is not in the name", line);
      } else if (help.matches()) {
        require(help.group(1).equals(family), "of another family", line);
      } else if (sample.matches()) {
        require(sample.group(1).equals(family), "of another family", line);
        String key = line.substring(0, line.lastIndexOf(' '));
        require(series.put(key, new BigDecimal(sample.group(3))) == null, "a series twice", line);
      } else {
        require(line.isEmpty() && !series.isEmpty(), "no line of OpenMetrics", line);
      }
    }
    return series;
  }

  private static void require(boolean holds, String problem, String line) {
    if (!holds) {
      throw new IllegalArgumentException(problem + ": " + line);
    }
  }
}
