package io.holdfast.cli;

import io.holdfast.cli.FleetHost.Status;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A page about the hosts of a rollout: tables only, without a script.
 *
 * @param hosts those that something is wrong with first
 */
record FleetPage(List<FleetHost> hosts) {
  FleetPage {
    hosts =
        hosts.stream()
            .sorted(Comparator.comparing(FleetHost::status).thenComparing(FleetHost::name))
            .toList();
  }

  /** Whether a host stopped the rollout, or lost something. */
  boolean isBad() {
    return hosts.stream().anyMatch(FleetPage::isBad);
  }

  private static boolean isBad(FleetHost host) {
    return host.status() == Status.STOPPED || host.status() == Status.LOSS;
  }

  private Map<Status, Long> counts() {
    Map<Status, Long> counts = new EnumMap<>(Status.class);
    hosts.forEach(host -> counts.merge(host.status(), 1L, Long::sum));
    return counts;
  }

  private ExtentCount extents() {
    ExtentCount all = ExtentCount.NONE;
    for (FleetHost host : hosts) {
      for (AuditResult.Session each : host.sessions()) {
        all = all.plus(new ExtentCount(each.extents(), each.same(), 0, each.moved(), each.lost()));
      }
    }
    return all;
  }

  /** How many hosts are in which state, and what became of all their extents. */
  Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    Map<Status, Long> counts = counts();
    for (Status each : Status.values()) {
      summary.put(Words.id(each), counts.getOrDefault(each, 0L));
    }
    ExtentCount extents = extents();
    summary.put("extents", extents.all());
    summary.put("sameExtents", extents.same());
    summary.put("movedExtents", extents.moved());
    summary.put("lostExtents", extents.lost());
    return summary;
  }

  /** In a sentence. */
  String sentence() {
    StringBuilder text = new StringBuilder(Words.count(hosts.size(), "host"));
    counts()
        .forEach((status, count) ->
            text.append(", ").append(Words.grouped(count)).append(' ').append(Words.of(status)));
    ExtentCount extents = extents();
    text.append(
        "; %s of %s proved"
            .formatted(Words.grouped(extents.same()), Words.count(extents.all(), "extent")));
    if (extents.moved() + extents.lost() > 0) {
      text.append(
          ", %s moved, %s lost"
              .formatted(Words.grouped(extents.moved()), Words.grouped(extents.lost())));
    }
    return text.append('.').toString();
  }

  /** Writes the page. */
  void writeTo(Writer to) throws IOException {
    HtmlText html = new HtmlText(to);
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    html.raw("style-src 'unsafe-inline'\">\n<title>Live update of a fleet</title>\n<style>\n");
    html.raw(ReportPage.resource("report.css"));
    html.raw("</style>\n</head>\n<body>\n<main>\n").element("h1", "Live update of a fleet");
    html.raw("<p id=\"verdict\" role=\"status\" class=\"" + (isBad() ? "bad" : "good") + "\">");
    html.text(sentence()).raw("</p>\n");
    hostsTable(html);
    sessionsTable(html);
    stagesTable(html);
    html.raw("</main>\n</body>\n</html>\n");
  }

  private void hostsTable(HtmlText html) throws IOException {
    html.raw("<table id=\"hosts\"><caption>Hosts</caption>\n");
    html.head("host", "status", "kernel before", "kernel", "sessions", "verdict", "reason");
    for (FleetHost host : hosts) {
      html.row(
          isBad(host) ? "bad" : "",
          host.name(),
          Words.of(host.status()),
          host.audit().map(AuditResult::kernelBefore).orElse(""),
          host.audit().map(AuditResult::kernel).orElse(""),
          host.sessions().size(),
          host.audit().map(AuditResult::verdict).orElse(""),
          host.reason());
    }
    html.raw("</table>\n");
  }

  private void sessionsTable(HtmlText html) throws IOException {
    html.raw("<table id=\"sessions\"><caption>Sessions; an outage is from the seal to the first");
    html.raw(" record of the restored session</caption>\n");
    html.head("session", "extents", "proved", "moved", "lost", "outage", "verdict", "reason");
    for (FleetHost host : hosts) {
      for (AuditResult.Session each : host.sessions()) {
        html.row(
            each.moved() + each.lost() > 0 ? "bad" : "",
            host.name() + "/" + each.name(),
            each.extents(),
            each.same(),
            each.moved(),
            each.lost(),
            each.outageMillis().map(Duration::ofMillis).map(AuditFinding::seconds).orElse("-"),
            each.verdict(),
            each.reason());
      }
    }
    html.raw("</table>\n");
  }

  private void stagesTable(HtmlText html) throws IOException {
    if (hosts.stream().allMatch(host -> host.results().isEmpty())) {
      return;
    }
    html.raw("<table id=\"stages\"><caption>Stages of restores by the tool</caption>\n");
    html.head("session", "stage", "items", "own ms");
    for (FleetHost host : hosts) {
      for (ResultFile result : host.results()) {
        for (StageTimes.Times each : result.stages()) {
          html.row(
              result.exitCode() == 0 ? "" : "bad",
              host.name() + "/" + result.session(),
              Words.of(each.stage()),
              each.items(),
              ReportTimeline.millis(each.busyMicros()));
        }
      }
    }
    html.raw("</table>\n");
  }
}
