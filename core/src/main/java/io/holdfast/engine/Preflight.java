package io.holdfast.engine;

import io.holdfast.journal.JournalForeignException;
import io.holdfast.linux.SmallFiles;
import io.holdfast.model.KernelException;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.ManifestException;
import io.holdfast.session.RestoreException;
import io.holdfast.session.RestoreReport.Outcome;
import io.holdfast.session.VfTokens;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Refuses a restore that cannot work while the session is still safe in the kernel.
 *
 * <p>A session can be taken out once, and is lost with the process that took it. So before it is
 * taken, the plan is made from the manifest's copy in the state directory; what is fatal there is
 * fatal now. The copy decides nothing else: what is restored is what the kernel holds. Where that
 * is the same in every byte, the plan is that of the first try.
 */
final class Preflight {
  /**
   * Where the kernel shows what it handed over and what it was handed, while debugfs is mounted.
   */
  private static final String KHO = "/sys/kernel/debug/kho";

  private Preflight() {}

  /**
   * Checks that a restore of what was sealed last can work on this host, as far as it was sealed
   * for this boot.
   *
   * @return the plan, where one could be made
   * @throws RestoreException naming what would block it
   */
  static Optional<PlannedRestore> check(
      HostProcess process, StateDirectory directory, VfTokens vfTokens) {
    Syscalls syscalls = process.syscalls();
    Optional<SessionState> sealed = sealedBefore(process, directory);
    if (sealed.isEmpty() || nothingWasHandedOver(syscalls)) {
      return Optional.empty();
    }
    PlannedRestore planned = PlannedRestore.of(syscalls, sealed.get(), vfTokens::has);
    if (planned.isOfThisBoot()) {
      // Sealed by a process of this boot that has ended: the kernel holds nothing.
      return Optional.empty();
    }
    planned
        .plan()
        .firstFatal()
        .ifPresent(problem -> {
          RestoreResults results = new RestoreResults(planned.state());
          throw new RestoreException(
              problem.what(),
              problem.remedy()
                  + "; session \""
                  + planned.state().name()
                  + "\" was not taken from the kernel, so nothing is lost. If it is known to be"
                  + " gone, remove "
                  + directory.manifest()
                  + " to start afresh",
              results.report(Outcome.FAILED, problem.what()),
              null);
        });
    return Optional.of(planned);
  }

  /**
   * Checks that the state directory's journal is of the session whose manifest lies beside it: what
   * the kernel holds would be refused for that, once it has been taken.
   *
   * @param journal the id of the journal, if there is one
   * @throws JournalForeignException if they are of different sessions
   */
  static void checkJournal(HostProcess process, StateDirectory directory, Optional<UUID> journal) {
    Optional<UUID> sealed = sealedBefore(process, directory).map(SessionState::journal);
    if (journal.isPresent() && sealed.isPresent() && !journal.equals(sealed)) {
      throw JournalForeignException.ofAnotherSession(journal.get(), sealed.get());
    }
  }

  /** What the copy says; a copy that cannot be read says nothing. */
  private static Optional<SessionState> sealedBefore(
      HostProcess process, StateDirectory directory) {
    try {
      return directory.readManifest().map(process.manifests()::decode);
    } catch (ManifestException e) {
      return Optional.empty();
    }
  }

  /** Whether this kernel is known to have started without memory of a previous one. */
  private static boolean nothingWasHandedOver(Syscalls syscalls) {
    try {
      List<String> shown = SmallFiles.list(syscalls, KHO);
      return shown.contains("out") && !shown.contains("in");
    } catch (KernelException e) {
      return false; // debugfs is closed to this process: not known.
    }
  }
}
