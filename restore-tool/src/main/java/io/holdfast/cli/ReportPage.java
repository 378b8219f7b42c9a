package io.holdfast.cli;

import io.holdfast.model.DeviceState;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A page about one or two sessions and the restore between them: tables that need no script, and
 * pictures that a script of the tool's own draws from the data in the page.
 *
 * @param sides what was, and what is; one of them, both or, where only a result is told, none
 * @param differences in what the two differ but for what every live update changes
 * @param result how the restore ended
 */
record ReportPage(
    List<SessionFile> sides, List<Difference> differences, Optional<ResultFile> result) {
  /** More rows than anybody reads; the data and the pictures have everything. */
  static final int MOST_ROWS = 5000;

  /** A page about these, of which there are none, one or two. */
  static ReportPage of(List<SessionFile> sides, Optional<ResultFile> result) {
    return new ReportPage(
        List.copyOf(sides),
        sides.size() < 2
            ? List.of()
            : SessionDifferences.of(sides.get(0).session(), sides.get(1).session(), true),
        result);
  }

  /** Whether something is not what or where it was. */
  boolean isDifferent() {
    return !differences.isEmpty() || result.filter(each -> each.exitCode() != 0).isPresent();
  }

  /** What the pictures are drawn from. */
  Map<String, Object> data() {
    Map<String, Object> data = new LinkedHashMap<>();
    List<Map<String, Object>> documents = new ArrayList<>();
    for (SessionFile side : sides) {
      Map<String, Object> document = side.document();
      document.put("manifest", side.session());
      documents.add(document);
    }
    data.put("sides", documents);
    data.put("differences", differences.stream().map(Difference::document).toList());
    data.put("result", result.map(ResultFile::document).orElse(null));
    return data;
  }

  /** Writes the page. */
  void writeTo(Writer to) throws IOException {
    String script = resource("report.js");
    HtmlText html = new HtmlText(to);
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Nothing is fetched, and no script runs but the one whose hash this is.
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    html.raw("style-src 'unsafe-inline'; script-src 'sha256-" + hash(script) + "'\">\n");
    html.raw("<title>").text(title()).raw("</title>\n<style>\n" + resource("report.css"));
    html.raw("</style>\n</head>\n<body>\n<main>\n").element("h1", title());
    verdict(html);
    sources(html);
    differencesTable(html);
    if (result.isPresent() && !result.get().stages().isEmpty()) {
      ReportTimeline.write(html, result.get().stages());
    }
    html.raw(sides.isEmpty() ? "" : resource("pictures.html"));
    buffers(html);
    devices(html);
    html.raw(sides.isEmpty() ? "" : resource("extents.html"));
    html.raw("</main>\n<script type=\"application/json\" id=\"data\">\n");
    PrintWriter data = new PrintWriter(AsciiJson.inHtml(to));
    Json.writeLine(data, data());
    data.flush();
    html.raw("</script>\n<script>").raw(script).raw("</script>\n</body>\n</html>\n");
    if (data.checkError()) {
      throw new IOException("the report could not be written");
    }
  }

  private String title() {
    String session =
        sides.isEmpty()
            ? result.map(ResultFile::session).orElse("")
            : sides.getFirst().session().name();
    return "Session " + session;
  }

  private void verdict(HtmlText html) throws IOException {
    boolean different = isDifferent();
    html.raw("<p id=\"verdict\" role=\"status\" class=\"" + (different ? "bad" : "good") + "\">");
    if (result.isPresent()) {
      ResultFile told = result.get();
      html.text(
          told.exitCode() == 0
              ? "%s: %s (%s) are where they were. "
                  .formatted(
                      told.outcome(),
                      Words.count(told.sameExtents(), "extent"),
                      Words.bytes(told.sameBytes()))
              : "Failed with exit code %d: %s. ".formatted(told.exitCode(), told.reason()));
    }
    if (sides.size() == 2) {
      html.text(
          differences.isEmpty()
              ? "Nothing differs."
              : Words.count(differences.size(), "difference") + " between the two.");
    }
    html.raw("</p>\n");
  }

  private void sources(HtmlText html) throws IOException {
    html.raw("<table id=\"sources\"><caption>Sources</caption>\n");
    html.head("source", "kind", "generation", "sealed", "kernel", "mapped", "note");
    for (SessionFile side : sides) {
      SessionState session = side.session();
      html.row(
          side.doubt().isPresent() ? "bad" : "",
          side.source(),
          side.kind(),
          session.generation(),
          SessionTables.sealedAt(session),
          session.host().kernelRelease(),
          SessionTables.totals(session),
          side.doubt().map(why -> "do not rely on it: " + why).orElse(""));
    }
    if (result.isPresent()) {
      ResultFile told = result.get();
      String at = told.finishedAt().map(Object::toString).orElse("");
      html.row("", "result", told.verb(), "", at, "", "", told.reason());
    }
    html.raw("</table>\n");
  }

  private void differencesTable(HtmlText html) throws IOException {
    if (differences.isEmpty()) {
      return;
    }
    html.raw("<table id=\"differences\"><caption>Differences</caption>\n");
    html.head("what", "before", "after");
    for (Difference each : differences.subList(0, Math.min(MOST_ROWS, differences.size()))) {
      html.row(
          "bad",
          "\u2260 " + each.subject(),
          each.before() == null ? "-" : each.before(),
          each.after() == null ? "-" : each.after());
    }
    more(html, differences.size() - MOST_ROWS);
    html.raw("</table>\n");
  }

  private static void more(HtmlText html, int count) throws IOException {
    if (count > 0) {
      html.row("", "and " + Words.grouped(count) + " more");
    }
  }

  private void buffers(HtmlText html) throws IOException {
    List<ReportBuffer> all = ReportBuffer.of(sides, result, MOST_ROWS + 1);
    html.raw(
        "<table id=\"buffers\"><caption>Buffers: IOVA to physical address, by IOAS</caption>\n");
    html.head(
        "buffer",
        "IOVA",
        "bytes",
        "device may",
        "extents",
        "first address",
        "extents after",
        "first address after",
        "bytes elsewhere",
        "verdict");
    for (ReportBuffer each : all.subList(0, Math.min(MOST_ROWS, all.size()))) {
      html.row(each.isBad() ? "bad" : "", each.cells());
    }
    if (all.size() > MOST_ROWS) {
      html.row("", "and more, which the list of extents below has");
    }
    html.raw("</table>\n");
  }

  private void devices(HtmlText html) throws IOException {
    if (sides.isEmpty()) {
      return;
    }
    html.raw("<table id=\"devices\"><caption>Devices and the IOAS each is attached to</caption>\n");
    html.head("address", "IOAS", "identity", "policy", "in");
    for (int i = 0; i < sides.size(); i++) {
      for (DeviceState device : sides.get(i).session().devices()) {
        html.row(
            "",
            device.address(),
            device.ioas(),
            device.identity(),
            Words.of(device.policy()),
            i == 0 ? "before" : "after");
      }
    }
    html.raw("</table>\n");
  }

  /** How many physical extents each side has. */
  static long extents(SessionState session) {
    long extents = 0;
    for (IoasState ioas : session.ioases()) {
      for (MappingState mapping : ioas.mappings()) {
        extents += mapping.extents().size();
      }
    }
    return extents;
  }

  static String resource(String name) {
    try (InputStream file = ReportPage.class.getResourceAsStream("report/" + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String script) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
