package io.holdfast.cli;

import java.io.IOException;
import java.io.Writer;

/** HTML that is written as it goes; every text and attribute is escaped. Not thread-safe. */
final class HtmlText {
  private final Writer to;

  HtmlText(Writer to) {
    this.to = to;
  }

  /** Markup of the tool's own. */
  HtmlText raw(String markup) throws IOException {
    to.write(markup);
    return this;
  }

  /** A text, wherever it came from. */
  HtmlText text(Object value) throws IOException {
    to.write(escaped(value));
    return this;
  }

  /** An element with a text in it. */
  HtmlText element(String name, Object value) throws IOException {
    return raw("<" + name + ">").text(value).raw("</" + name + ">\n");
  }

  /** A row of a table's head. */
  HtmlText head(String... columns) throws IOException {
    raw("<thead><tr>");
    for (String column : columns) {
      raw("<th scope=\"col\">").text(column).raw("</th>");
    }
    return raw("</tr></thead>\n");
  }

  /** A row of a table; its first cell names it, numbers stand on the right. */
  HtmlText row(String cssClass, Object... cells) throws IOException {
    raw("<tr class=\"" + cssClass + "\">");
    for (int i = 0; i < cells.length; i++) {
      String name = i == 0 ? "th" : "td";
      boolean number = cells[i] instanceof Number;
      raw("<" + name + (i == 0 ? " scope=\"row\"" : number ? " class=\"n\"" : "") + ">");
      text(number ? Words.grouped(((Number) cells[i]).longValue()) : cells[i]);
      raw("</" + name + ">");
    }
    return raw("</tr>\n");
  }

  /** What stands for a text in HTML: in an element or in an attribute. */
  static String escaped(Object value) {
    String safe = SafeText.line(String.valueOf(value));
    StringBuilder out = new StringBuilder(safe.length() + 16);
    for (int i = 0; i < safe.length(); i++) {
      char c = safe.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }
}
