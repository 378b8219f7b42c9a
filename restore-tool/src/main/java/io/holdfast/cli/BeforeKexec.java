package io.holdfast.cli;

import io.holdfast.doctor.HostCheck;
import io.holdfast.doctor.HostDoctor;
import io.holdfast.linux.MemoryCgroup;
import io.holdfast.model.SessionState;
import io.holdfast.sys.Syscalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What would be lost if the kernel were replaced now.
 *
 * @param checks what was looked at of each session
 * @param lost the sessions whose memory would not come through, by name
 */
record BeforeKexec(List<HostCheck> checks, List<String> lost) {
  /**
   * Looks at every session of the host.
   *
   * @param stopsProcesses whether processes are stopped before the kexec, as a shutdown does
   */
  static BeforeKexec of(Syscalls syscalls, Path state, String socket, boolean stopsProcesses) {
    SessionsFinding found = SessionsFinding.of(syscalls, state, socket);
    List<HostCheck> checks = new ArrayList<>();
    List<String> lost = new ArrayList<>();
    HostDoctor doctor = new HostDoctor(syscalls);
    for (SessionsFinding.Row row : found.sessions()) {
      List<HostCheck> own = new ArrayList<>();
      own.add(standing(row));
      if (stopsProcesses && (row.state() == SessionStanding.SEALED || !row.recorded())) {
        own.add(keeper(syscalls, row));
      }
      if (row.state() == SessionStanding.SEALED) {
        SessionState sealed = row.sealed().orElseThrow();
        own.addAll(doctor.sealed(sealed));
        memoryLimit(syscalls, row, sealed).ifPresent(own::add);
      }
      if (!HostCheck.allPass(own)) {
        lost.add(row.name());
      }
      checks.addAll(own);
    }
    if (found.sessions().isEmpty()) {
      checks.add(HostCheck.warning("session", "no session was found", "nothing, if none is meant"));
    }
    for (String notice : found.notices()) {
      checks.add(HostCheck.warning("sessions-seen", notice, "look again as root"));
    }
    return new BeforeKexec(checks, lost);
  }

  private static HostCheck standing(SessionsFinding.Row row) {
    String name = "session-sealed";
    String label = "session \"" + row.name() + "\" ";
    String preserve = "have its driver call preserve(), then look again";
    if (!row.recorded() && row.state() == SessionStanding.KEPT) {
      return HostCheck.ok(name, label + "is another program's, kept by " + row.keeper());
    }
    return switch (row.state()) {
      case SEALED -> HostCheck.ok(name, label + "is sealed, kept by " + row.keeper());
      case RECORDING ->
          HostCheck.notOk(name, label + "is not sealed: its driver runs" + who(row), preserve);
      case KEPT ->
          HostCheck.notOk(
              name,
              label + "is kept by " + row.keeper() + ", which ends with this kernel: not sealed",
              "start its driver again and " + preserve);
      case TAKEN ->
          HostCheck.notOk(
              name,
              label + "was taken out of the kernel" + who(row) + " and is not sealed again",
              preserve);
      case IN_KERNEL ->
          HostCheck.notOk(
              name,
              label + "still waits in the kernel, from the kexec before",
              "restore it first: holdfast restore --session " + row.name());
      case LOST ->
          row.sealed().isPresent()
              ? HostCheck.notOk(
                  name,
                  label + "is sealed, and nobody was seen to keep it",
                  "look again as root; if it is gone, its driver starts afresh: --force")
              : HostCheck.warning(
                  name,
                  label + "is kept by nobody: its memory is gone already",
                  "nothing; its driver starts afresh");
    };
  }

  private static String who(SessionsFinding.Row row) {
    return row.pid() == 0
        ? ""
        : " (process " + row.pid() + (row.unit().isEmpty() ? "" : ", " + row.unit()) + ")";
  }

  private static HostCheck keeper(Syscalls syscalls, SessionsFinding.Row row) {
    String name = "session-keeper";
    String label = "session \"" + row.name() + "\": " + row.keeper();
    return row.holders().stream().anyMatch(each -> Survival.of(syscalls, each.pid(), each.unit()))
        ? HostCheck.ok(name, label + " lives until the kexec")
        : HostCheck.notOk(
            name,
            label + " ends in the shutdown before the kexec, and the session with it",
            "keep it in systemd's descriptor store or the holder (docs/operating.md), or replace"
                + " the kernel with --now");
  }

  /** What is retrieved is charged to the unit that retrieves it; too small a limit destroys it. */
  private static Optional<HostCheck> memoryLimit(
      Syscalls syscalls, SessionsFinding.Row row, SessionState session) {
    long bytes = SessionTables.mappedBytes(session);
    String label = "session \"" + row.name() + "\" has " + Words.bytes(bytes);
    return MemoryCgroup.limit(syscalls, Integer.toString(row.pid()))
        .filter(limit -> limit.matches("\\d{1,18}"))
        .map(Long::parseLong)
        .map(limit ->
            limit > bytes
                ? HostCheck.ok("session-memory-limit", label + ", " + row.unit() + " may have more")
                : HostCheck.notOk(
                    "session-memory-limit",
                    label + ", and " + row.unit() + " may have " + Words.bytes(limit),
                    "set MemoryMax=infinity for the unit that restores it: memory that does not fit"
                        + " is destroyed"));
  }
}
