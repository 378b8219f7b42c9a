package io.holdfast.outage;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A picture of stacked bars, as SVG that can be read on a light and on a dark page. Not
 * thread-safe.
 */
final class StackedBars {
  private static final int LEFT = 190;
  private static final int WIDTH = 700;
  private static final int RIGHT = 90;
  private static final int BAR = 22;
  private static final int PITCH = 32;
  private static final int TOP = 44;
  private static final int KEY_COLUMNS = 4;
  private static final int KEY_LINE = 20;
  private static final String[] COLOURS = {
    "#8fa8c8", "#4e79a7", "#b8b8b8", "#9a9a9a", "#7c7c7c", "#5e5e5e", "#f28e2b", "#ffbe7d",
    "#e8c547", "#b6992d", "#86bc86", "#59a14f", "#499894", "#d37295", "#b07aa1", "#e15759"
  };

  /**
   * A bar.
   *
   * @param label what stands before it
   * @param millis how long each of its parts is, by the part's number in the key
   */
  record Bar(String label, Map<Integer, Double> millis) {
    Bar {
      millis = new TreeMap<>(millis);
    }

    double total() {
      return millis.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  private final String title;
  private final List<String> key;
  private final List<Bar> bars = new ArrayList<>();

  /**
   * A picture without bars.
   *
   * @param key what the parts of bars are called, at most 16
   */
  StackedBars(String title, List<String> key) {
    if (key.size() > COLOURS.length) {
      throw new IllegalArgumentException("there are colours for " + COLOURS.length + " parts");
    }
    this.title = title;
    this.key = List.copyOf(key);
  }

  void add(Bar bar) {
    bars.add(bar);
  }

  String svg() {
    int keyTop = TOP + bars.size() * PITCH + 14;
    int height = keyTop + Math.ceilDiv(key.size(), KEY_COLUMNS) * KEY_LINE + 6;
    int width = LEFT + WIDTH + RIGHT;
    StringBuilder svg = new StringBuilder(1 << 14);
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
        <style>
        text { fill: #1f2328 }
        @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
        </style>
        """
            .formatted(width, height));
    svg.append("<title>").append(escape(title)).append("</title>\n");
    svg.append(text(8, 22, "start", title));
    double longest = bars.stream().mapToDouble(Bar::total).max().orElse(1);
    for (int i = 0; i < bars.size(); i++) {
      bar(svg, bars.get(i), TOP + i * PITCH, WIDTH / longest);
    }
    for (int i = 0; i < key.size(); i++) {
      int x = 8 + i % KEY_COLUMNS * (width / KEY_COLUMNS);
      int y = keyTop + i / KEY_COLUMNS * KEY_LINE;
      svg.append(rectangle(x, y, 12, 12, COLOURS[i], ""));
      svg.append(text(x + 18, y + 11, "start", key.get(i)));
    }
    return svg.append("</svg>\n").toString();
  }

  private void bar(StringBuilder svg, Bar bar, int y, double pixelsPerMilli) {
    svg.append(text(LEFT - 8, y + 16, "end", bar.label()));
    double x = LEFT;
    for (Map.Entry<Integer, Double> part : bar.millis().entrySet()) {
      double width = part.getValue() * pixelsPerMilli;
      svg.append(
          rectangle(
              x,
              y,
              width,
              BAR,
              COLOURS[part.getKey()],
              key.get(part.getKey()) + ": " + Text.millis(part.getValue())));
      x += width;
    }
    svg.append(text(x + 6, y + 16, "start", Text.millis(bar.total())));
  }

  private static String rectangle(
      double x, double y, double width, double height, String colour, String hint) {
    return String.format(
        Locale.ROOT,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\">%s</rect>%n",
        x,
        y,
        width,
        height,
        colour,
        hint.isEmpty() ? "" : "<title>" + escape(hint) + "</title>");
  }

  private static String text(double x, double y, String anchor, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        x,
        y,
        anchor,
        escape(text));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
