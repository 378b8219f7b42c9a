package io.holdfast.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A gauge with its samples. Not thread-safe.
 *
 * <p>All are gauges: the one type that OpenMetrics and the Prometheus text format, which a node
 * exporter's textfile collector reads, write alike.
 */
final class Metric {
  private final String name;
  private final String help;
  private final List<Sample> samples = new ArrayList<>();

  /** A value and what it is of. */
  private record Sample(Map<String, String> labels, BigDecimal value) {}

  /**
   * A gauge without samples.
   *
   * @param name its name, whose last word is its unit if it has one
   * @param help what it says, in one line
   */
  Metric(String name, String help) {
    this.name = name;
    this.help = help;
  }

  /** Adds a sample; labels are names followed by their values. */
  Metric add(long value, String... labels) {
    return add(BigDecimal.valueOf(value), labels);
  }

  /** Adds a sample. */
  Metric add(BigDecimal value, String... labels) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      pairs.put(labels[i], SafeText.field(labels[i + 1]));
    }
    samples.add(new Sample(pairs, value));
    return this;
  }

  boolean isEmpty() {
    return samples.isEmpty();
  }

  /** Appends it as text. */
  void appendTo(StringBuilder text) {
    text.append("# TYPE ").append(name).append(" gauge\n");
    for (String unit : List.of("bytes", "seconds")) {
      if (name.endsWith("_" + unit)) {
        text.append("# UNIT ").append(name).append(' ').append(unit).append('\n');
      }
    }
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    for (Sample sample : samples) {
      text.append(name);
      char before = '{';
      for (Map.Entry<String, String> label : sample.labels().entrySet()) {
        text.append(before).append(label.getKey()).append("=\"");
        text.append(label.getValue().replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
        before = ',';
      }
      text.append(sample.labels().isEmpty() ? "" : "}");
      text.append(' ').append(sample.value().toPlainString()).append('\n');
    }
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", name);
    document.put("help", help);
    document.put(
        "samples",
        samples.stream()
            .map(sample -> {
              Map<String, Object> fields = new LinkedHashMap<>();
              fields.put("labels", sample.labels());
              fields.put("value", sample.value().doubleValue());
              return fields;
            })
            .toList());
    return document;
  }
}
