package io.holdfast.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

/** The stages of a restore as a picture and a table. */
final class ReportTimeline {
  private static final int WIDTH = 1000;
  private static final int LABEL = 110;
  private static final int ROW = 26;

  private ReportTimeline() {}

  static void write(HtmlText html, List<StageTimes.Times> stages) throws IOException {
    long end = stages.stream().mapToLong(StageTimes.Times::endMicros).max().orElse(0);
    html.raw("<h2>Timeline of the restore</h2>\n");
    html.raw(
        "<svg id=\"timeline\" role=\"img\" viewBox=\"0 0 %d %d\" aria-label=\""
            .formatted(WIDTH, ROW * stages.size()));
    html.text("Stages of the restore, " + millis(end) + " ms in all; the table has the numbers");
    html.raw("\">\n");
    for (int i = 0; i < stages.size(); i++) {
      StageTimes.Times each = stages.get(i);
      double left = LABEL + position(each.startMicros(), end);
      double right = LABEL + position(each.endMicros(), end);
      double own = position(each.busyMicros(), end);
      html.raw("<text x=\"0\" y=\"%d\">".formatted(i * ROW + 17));
      html.text(Words.of(each.stage())).raw("</text>");
      bar(html, "span", left, Math.max(1, right - left), i);
      bar(html, "own", left, Math.max(1, own), i);
      html.raw("\n");
    }
    html.raw("</svg>\n<table id=\"stages\"><caption>Stages; retrieving, mapping and verifying");
    html.raw(" alternate, so a stage's own time is less than its span</caption>\n");
    html.head("stage", "items", "from ms", "to ms", "own ms");
    for (StageTimes.Times each : stages) {
      html.row(
          "",
          Words.of(each.stage()),
          each.items(),
          millis(each.startMicros()),
          millis(each.endMicros()),
          millis(each.busyMicros()));
    }
    html.raw("</table>\n");
  }

  private static void bar(HtmlText html, String kind, double left, double width, int row)
      throws IOException {
    html.raw(
        "<rect class=\"%s\" x=\"%s\" y=\"%d\" width=\"%s\" height=\"18\"/>"
            .formatted(kind, number(left), row * ROW + 3, number(width)));
  }

  /** In the locale of a program. */
  private static String number(double value) {
    return Double.toString(Math.round(value * 100) / 100.0);
  }

  private static double position(long micros, long end) {
    return end <= 0 ? 0 : (double) Math.min(micros, end) / end * (WIDTH - LABEL);
  }

  static String millis(long micros) {
    return BigDecimal.valueOf(micros, 3).toPlainString();
  }
}
