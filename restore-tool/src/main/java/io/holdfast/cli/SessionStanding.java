package io.holdfast.cli;

import io.holdfast.journal.JournalHeader;
import io.holdfast.model.SessionState;
import io.holdfast.store.HeldSession;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a session is in, as far as can be told without taking it. */
enum SessionStanding {
  /** Its driver runs and records. */
  RECORDING,
  /** A store has its descriptors, and no driver runs. */
  KEPT,
  /** Everything is preserved for the next kexec, and somebody keeps it so. */
  SEALED,
  /** It was sealed in an earlier boot, and a process has taken it out of the kernel. */
  TAKEN,
  /** It was sealed in an earlier boot; nobody has taken it. */
  IN_KERNEL,
  /** Nothing keeps it. */
  LOST;

  /** Puts together what was seen of one session. */
  static SessionsFinding.Row judge(
      Syscalls syscalls,
      String name,
      List<SessionHolder> open,
      HeldSession held,
      int holderPid,
      StateFinding.SessionFiles recorded,
      UUID boot) {
    SessionState manifest =
        recorded == null || recorded.manifest().found() == null
            ? null
            : recorded.manifest().found().session();
    JournalFinding journal = recorded == null ? null : recorded.journal().found();
    SessionHolder driver = driver(syscalls, open, held, journal, boot);
    boolean sealedNow = manifest != null && manifest.bootChain().getLast().equals(boot);
    SessionStanding standing;
    String detail = "";
    if (sealedNow) {
      standing = open.isEmpty() ? LOST : SEALED;
      detail =
          "sealed at "
              + SessionTables.sealedAt(manifest)
              + (open.isEmpty() ? ", but no process was seen to hold it" : "");
    } else if (manifest != null) {
      standing = open.isEmpty() ? IN_KERNEL : TAKEN;
      detail = "sealed at %s, in an earlier boot".formatted(SessionTables.sealedAt(manifest));
    } else if (driver != null) {
      standing = RECORDING;
    } else if (held != null || !open.isEmpty()) {
      standing = KEPT;
    } else {
      standing = LOST;
      detail =
          journal != null && !journal.contents().header().bootId().equals(boot)
              ? "recorded in an earlier boot and never sealed"
              : "its process has ended, and no store was seen to keep it";
    }
    String keeper =
        held != null
            ? "holder, process " + holderPid
            : open.stream().findFirst().map(SessionHolder::toString).orElse("");
    SessionHolder shown = driver != null ? driver : open.stream().findFirst().orElse(null);
    return new SessionsFinding.Row(
        name,
        standing,
        keeper.isEmpty() && driver != null ? driver.toString() : keeper,
        shown == null ? 0 : shown.pid(),
        shown == null ? "" : shown.unit(),
        held == null ? 0 : held.descriptors(),
        detail,
        recorded != null,
        open,
        sealedNow ? Optional.of(manifest) : Optional.empty());
  }

  /** The driver: who has the session open at the holder, or who writes its journal and lives. */
  private static SessionHolder driver(
      Syscalls syscalls,
      List<SessionHolder> open,
      HeldSession held,
      JournalFinding journal,
      UUID boot) {
    if (held != null) {
      return held.pid() == 0 ? null : SessionHolder.of(syscalls, held.pid());
    }
    JournalHeader header = journal == null ? null : journal.contents().header();
    if (header == null || !header.bootId().equals(boot)) {
      return null;
    }
    int writer = (int) header.pid();
    for (SessionHolder each : open) {
      if (each.pid() == writer) {
        return each;
      }
    }
    return header.isWriterAlive() ? SessionHolder.of(syscalls, writer) : null;
  }
}
