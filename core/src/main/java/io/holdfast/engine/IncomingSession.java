package io.holdfast.engine;

import io.holdfast.linux.HostFacts;
import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.serializer.ManifestForeignException;
import io.holdfast.serializer.ManifestTooLargeException;
import io.holdfast.session.RestoreListener;
import io.holdfast.session.RestoreReport;
import io.holdfast.session.SessionOptions;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.UUID;

/**
 * A session of the previous kernel that this process has taken and not finished yet.
 *
 * <p>What it holds is lost when it is closed, so it is closed only on purpose: a failed restore
 * retains it for another try. Not thread-safe.
 */
final class IncomingSession {
  private final HostProcess process;
  private final Syscalls syscalls;
  private final LuoSession luo;
  private final Optional<RestoreSource> inherited;
  private SessionState manifest;

  private IncomingSession(HostProcess process, LuoSession luo, Optional<RestoreSource> inherited) {
    this.process = process;
    this.syscalls = process.syscalls();
    this.luo = luo;
    this.inherited = inherited;
  }

  /**
   * Takes the session of this name: inherited, retained from a failed try, or from the kernel.
   *
   * @param beforeTaking run before it is taken from the kernel, where it is still safe; may refuse
   *     by an exception
   */
  static Optional<IncomingSession> take(
      HostProcess process, String name, SessionOptions options, Runnable beforeTaking) {
    Syscalls syscalls = process.syscalls();
    InheritedDescriptors inherited =
        InheritedDescriptors.from(options.environment(), syscalls.getpid());
    Optional<LuoSession> retained = process.retained().take(name);
    if (retained.isPresent()) {
      return retained.map(luo -> new IncomingSession(process, luo, Optional.empty()));
    }
    if (inherited.session().isPresent() && isOpen(syscalls, inherited.session().get())) {
      LuoSession luo = LuoSession.adopt(syscalls, inherited.session().get());
      if (luo.name().equals(name)) {
        luo.setInheritable(false);
        Optional<RestoreSource> source =
            inherited.isComplete() ? Optional.of(inherited.source(syscalls)) : Optional.empty();
        return Optional.of(new IncomingSession(process, luo, source));
      }
    }
    if (!exists(syscalls, LiveUpdate.PATH)) {
      return Optional.empty();
    }
    beforeTaking.run();
    try (LiveUpdate liveUpdate = LiveUpdate.open(syscalls)) {
      return liveUpdate
          .retrieve(name)
          .map(luo -> new IncomingSession(process, luo, Optional.empty()));
    }
  }

  private static boolean isOpen(Syscalls syscalls, int fd) {
    return syscalls.fcntl(fd, FcntlUapi.F_GETFD, 0) >= 0;
  }

  private static boolean exists(Syscalls syscalls, String path) {
    try (Arena arena = Arena.ofConfined()) {
      int answer =
          syscalls.statx(
              0,
              path,
              0,
              StatUapi.STATX_BASIC_STATS,
              arena.allocate(StatUapi.statx.LAYOUT.size(), 8));
      return answer != -Errno.ENOENT;
    }
  }

  LuoSession luo() {
    return luo;
  }

  /** What was sealed; read once from the memfd under token 0. */
  SessionState manifest() {
    if (manifest == null) {
      try (Memfd memfd = new Memfd(syscalls, luo.retrieve(Sealer.MANIFEST_TOKEN), "manifest")) {
        long sizeBytes = memfd.sizeBytes();
        if (sizeBytes <= 0 || sizeBytes > Manifest.MAX_BYTES) {
          throw new ManifestTooLargeException(
              "the manifest in live update session \"" + luo.name() + "\"", sizeBytes);
        }
        try (MappedMemory memory = memfd.map(0, sizeBytes)) {
          manifest = Manifest.decode(memory.segment());
        }
      }
    }
    return manifest;
  }

  /**
   * Checks that the manifest belongs to this session and to what this host has recorded.
   *
   * @param journal the id of the journal in the state directory, if there is one
   */
  void checkOrigin(Optional<UUID> journal) {
    SessionState state = manifest();
    if (!state.name().equals(luo.name())) {
      throw ManifestForeignException.fromAnotherBootChain(
          "session \"" + state.name() + "\"", "session \"" + luo.name() + "\"");
    }
    if (journal.isPresent() && !journal.get().equals(state.journal())) {
      throw ManifestForeignException.fromAnotherBootChain(
          "journal " + state.journal(), "journal " + journal.get());
    }
  }

  /** Restores and verifies everything, and answers the objects together with the report. */
  Restored restore(RestoreListener listener) {
    SessionState state = manifest();
    HostFacts facts = HostFacts.gather(syscalls, state.devices());
    RestoreSource source =
        inherited.orElseGet(
            () -> new RestoreSource.FromKernel(syscalls, luo, state.iommufdToken()));
    RestoreExecutor executor =
        new RestoreExecutor(syscalls, state, RestorePlanner.plan(state, facts), source, listener);
    LiveObjects live = executor.execute();
    String reason =
        "every required buffer is where it was, in the kernel started after the live update";
    return new Restored(live, executor.report(RestoreReport.Outcome.RESTORED, reason), facts);
  }

  /** What a restore brought back. */
  record Restored(LiveObjects live, RestoreReport report, HostFacts facts) {}

  /** Keeps the session open in this process for another try. */
  void retain() {
    process.retained().retain(luo);
  }
}
