package io.holdfast.engine;

import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalForeignException;
import io.holdfast.journal.PreviousJournal;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.KernelException;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Says why a session starts fresh: from the journal that was found, and what the kernel does not
 * hold.
 */
final class FreshStart {
  private FreshStart() {}

  /**
   * The report of a session that the kernel does not hold.
   *
   * @throws JournalForeignException if the journal is another host's
   */
  static RestoreReport report(
      PreviousJournal before, HostIdentity host, UUID bootId, Syscalls syscalls) {
    Optional<JournalContents> previous = before.contents();
    List<String> notices = before.notices();
    if (previous.isEmpty() && !notices.isEmpty()) {
      return RestoreReport.fresh(
          Outcome.JOURNAL_UNREADABLE,
          "the kernel holds no session of this name, and the journal that was found cannot be read",
          notices);
    }
    if (previous.isEmpty()) {
      return RestoreReport.fresh(Outcome.FIRST_START, "nothing was recorded here before", notices);
    }
    JournalContents journal = previous.get();
    String recordedHost = journal.header().host().machineId();
    if (!recordedHost.equals(host.machineId())) {
      throw JournalForeignException.fromAnotherHost(recordedHost, host.machineId());
    }
    UUID recordedBoot = journal.header().bootId();
    if (recordedBoot.equals(bootId)) {
      return RestoreReport.fresh(Outcome.PROCESS_RESTARTED, whatHasEnded(journal), notices);
    }
    if (journal.seal().isEmpty()) {
      return RestoreReport.fresh(
          Outcome.COLD_BOOT,
          "the machine has booted since (boot "
              + recordedBoot
              + "), and the session had not been preserved",
          notices);
    }
    return RestoreReport.fresh(
        Outcome.PRESERVED_BUT_LOST,
        "the session was sealed at "
            + journal.seal().get().at()
            + " in boot "
            + recordedBoot
            + ", but "
            + whyItIsNotThere(syscalls),
        notices);
  }

  /** Of a session with nothing in it no store keeps anything, though it was restored. */
  private static String whatHasEnded(JournalContents journal) {
    long pid = journal.header().pid();
    SessionState state = journal.state();
    if (!state.files().isEmpty() || !state.ioases().isEmpty() || !state.devices().isEmpty()) {
      return "process " + pid + " recorded in this boot and has ended, and its memory with it";
    }
    return (state.generation() == 0
                ? "process %d recorded in this boot and has ended"
                : "it was restored in this boot by process %d, which has ended")
            .formatted(pid)
        + "; it had neither memory nor a device in it, so nothing was lost";
  }

  private static String whyItIsNotThere(Syscalls syscalls) {
    if (!SmallFiles.list(syscalls, "/dev").contains(LiveUpdate.PATH.substring("/dev/".length()))) {
      return "this kernel has no "
          + LiveUpdate.PATH
          + ": boot with kho=on liveupdate=on on both sides of the kexec";
    }
    try (LiveUpdate _ = LiveUpdate.open(syscalls)) {
      return "this kernel does not hold it: a cold boot, a kexec without -s, a holder that ended"
          + " before the kexec, or a session that another process retrieved and closed";
    } catch (KernelException refused) {
      return "the service manager has given this process no session with it, and this process"
          + " could not ask the kernel whether it holds one (%s): it was not in the service's"
              .formatted(refused.problem())
          + " descriptor store at the kexec, or is held by another process; holdfast sessions, run"
          + " as root, shows what the kernel holds";
    }
  }

  /** Without its journal nobody knows what a session is that still runs. */
  static void requireJournal(
      StateDirectory directory,
      String name,
      SessionJournal journal,
      SessionStore store,
      List<StoredDescriptor> offered) {
    Optional<StoredDescriptor> kept =
        offered.stream().filter(each -> store.names().isOurs(each.name())).findFirst();
    if (kept.isPresent() && journal.previous().contents().isEmpty()) {
      String problem =
          "the descriptor store keeps \"%s\" of session \"%s\", but its journal %s is %s"
              .formatted(
                  kept.get().name(),
                  name,
                  directory.journal(),
                  journal.previous().notices().isEmpty() ? "not there" : "damaged");
      throw new RestoreException(
          problem,
          "bring the journal back; or, to give up what the store keeps, run: holdfast discard"
              + " --session "
              + name
              + " --yes, or with systemd: systemctl clean --what=fdstore UNIT",
          RestoreReport.fresh(RestoreReport.Outcome.FAILED, problem, journal.previous().notices()),
          null);
    }
  }
}
