package io.holdfast.cli;

import static io.holdfast.cli.Table.right;

import io.holdfast.linux.HostFacts;
import io.holdfast.linux.KhoDebugfs;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.SessionState;
import io.holdfast.store.HeldSession;
import io.holdfast.store.HeldSessions;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The sessions of a host, and what keeps them.
 *
 * @param sessions each by its name
 * @param notices what could not be looked at
 * @param origin how this kernel was reached; empty after a cold boot or where it is not told
 */
record SessionsFinding(List<Row> sessions, List<String> notices, Optional<KhoDebugfs.Origin> origin)
    implements Finding {
  /**
   * One session.
   *
   * @param name its name
   * @param state what it is in
   * @param keeper what keeps it alive; empty if nothing does that could be seen
   * @param pid the process that has it open, 0 if none was seen
   * @param unit that process's systemd unit; empty if none
   * @param descriptors how many a holder keeps
   * @param detail what else is known
   * @param recorded whether the state directory has a journal or manifest of it; otherwise it is
   *     another program's
   * @param holders every process that has its live update session open
   * @param sealed what was sealed in this boot, if it was
   */
  record Row(
      String name,
      SessionStanding state,
      String keeper,
      int pid,
      String unit,
      int descriptors,
      String detail,
      boolean recorded,
      List<SessionHolder> holders,
      Optional<SessionState> sealed) {}

  static SessionsFinding of(Syscalls syscalls, Path state, String socket) {
    List<String> notices = new ArrayList<>();
    SessionHolder.Found open = SessionHolder.findAll(syscalls);
    if (open.hidden() > 0) {
      notices.add(Words.count(open.hidden(), "process") + " could not be looked into; run as root");
    }
    Map<String, HeldSession> held = new TreeMap<>();
    String path = socket != null ? socket : HeldSessions.path(syscalls, System.getenv());
    int holderPid = 0;
    try {
      HeldSessions holder = HeldSessions.find(syscalls, path).orElse(null);
      if (holder != null) {
        try (holder) {
          holderPid = holder.holderPid();
          holder.list().forEach(each -> held.put(each.name(), each));
        }
      } else if (socket != null) {
        notices.add("there is no holder at " + socket);
      }
    } catch (HoldfastException refused) {
      notices.add(refused.getMessage());
    }
    Map<String, StateFinding.SessionFiles> recorded = RecordedSessions.find(state, notices);
    UUID boot = HostFacts.bootId(syscalls);
    Map<String, List<SessionHolder>> holders = byOwnName(open.bySession(), recorded);
    TreeSet<String> names = new TreeSet<>(holders.keySet());
    names.addAll(held.keySet());
    names.addAll(recorded.keySet());
    List<Row> rows = new ArrayList<>();
    for (String name : names) {
      rows.add(
          SessionStanding.judge(
              syscalls,
              name,
              holders.getOrDefault(name, List.of()),
              held.get(name),
              holderPid,
              recorded.get(name),
              boot));
    }
    return new SessionsFinding(rows, notices, KhoDebugfs.origin(syscalls));
  }

  /**
   * Who holds each session: the kernel knows one that systemd has made by another name, which its
   * manifest tells.
   */
  static Map<String, List<SessionHolder>> byOwnName(
      Map<String, List<SessionHolder>> byKernelName,
      Map<String, StateFinding.SessionFiles> recorded) {
    Map<String, List<SessionHolder>> byName = new HashMap<>(byKernelName);
    recorded.forEach((name, files) -> {
      ManifestFinding manifest = files.manifest().found();
      Optional<String> given =
          manifest == null ? Optional.empty() : manifest.session().liveUpdateSession();
      given.map(byName::remove).ifPresent(holders -> byName.put(name, holders));
    });
    return byName;
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("sessions", sessions.stream().map(SessionsFinding::document).toList());
    document.put("notices", notices);
    document.put("kexec", origin.map(SessionsFinding::document).orElse(null));
    return document;
  }

  static Map<String, Object> document(KhoDebugfs.Origin origin) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("previousRelease", origin.previousRelease());
    document.put("kexecs", origin.kexecs());
    document.put("liveUpdates", origin.liveUpdates());
    return document;
  }

  private static Map<String, Object> document(Row row) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", row.name());
    document.put("state", Words.id(row.state()));
    document.put("keeper", row.keeper().isEmpty() ? null : row.keeper());
    document.put("pid", row.pid() == 0 ? null : row.pid());
    document.put("unit", row.unit().isEmpty() ? null : row.unit());
    document.put("descriptors", row.descriptors());
    document.put("detail", row.detail());
    document.put("recorded", row.recorded());
    return document;
  }

  @Override
  public void print(Console console) {
    if (sessions.isEmpty()) {
      console.line("No session was found.");
    } else {
      Table table =
          new Table()
              .row("session", "state", "kept by", right("pid"), "unit", right("kept"), "detail");
      for (Row row : sessions) {
        table.row(
            row.name(),
            Words.id(row.state()),
            dash(row.keeper()),
            right(row.pid() == 0 ? "-" : Integer.toString(row.pid())),
            dash(row.unit()),
            right(row.descriptors() == 0 ? "-" : Integer.toString(row.descriptors())),
            row.detail());
      }
      table.printTo(console);
    }
    origin.ifPresent(from ->
        console.line(
            "This kernel was started by kexec from Linux %s; %s and %s since the last cold boot."
                .formatted(
                    SafeText.field(from.previousRelease()),
                    Words.count(from.kexecs(), "kexec"),
                    Words.count(from.liveUpdates(), "live update"))));
    notices.forEach(console::message);
  }

  private static String dash(String text) {
    return text.isEmpty() ? "-" : text;
  }
}
