package io.holdfast.cli;

import io.holdfast.Host;
import io.holdfast.engine.HostProcess;
import io.holdfast.engine.PlannedRestore;
import io.holdfast.engine.StateDirectory;
import io.holdfast.linux.HostFacts;
import io.holdfast.model.HostIdentity;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The sealed manifest in the state directory: what can be known of a session without taking it out
 * of the kernel.
 */
final class SealedSession {
  private SealedSession() {}

  /** The session as it was sealed, if its manifest is in the state directory. */
  static Optional<SessionState> find(Path state, String name) {
    return StateDirectory.of(state, name).readManifest().map(Manifest::decode);
  }

  /**
   * The session as it was sealed, if its manifest is in the state directory, for a restore on this
   * host, which does not decode it again.
   */
  static Optional<SessionState> find(Host host, Path state, String name) {
    return StateDirectory.of(state, name)
        .readManifest()
        .map(HostProcess.of(host).manifests()::decode);
  }

  /** The session as it was sealed. */
  static SessionState require(Path state, String name) {
    return find(state, name).orElseThrow(() -> missing(state, name));
  }

  static VerbException missing(Path state, String name) {
    return new VerbException(
        ExitCode.NOTHING_TO_RESTORE,
        "there is no sealed manifest of session \"" + name + "\" in " + state,
        "see holdfast inspect "
            + state
            + "; a manifest is there from preserve() until the session is restored or started"
            + " afresh");
  }

  /**
   * What restoring it on a host would take.
   *
   * @param hasToken for which devices whoever restores it has a VF token
   */
  static PlanFinding plan(Host host, SessionState session, Predicate<PciAddress> hasToken) {
    PlannedRestore planned = PlannedRestore.of(OpenHost.syscalls(host), session, hasToken);
    return new PlanFinding(session, planned.plan(), refusal(session, planned.facts()));
  }

  /**
   * What an infeasible plan means: another machine's session, one still before its kexec, or a host
   * that lacks something.
   */
  private static ExitCode refusal(SessionState session, HostFacts facts) {
    HostIdentity then = session.host();
    HostIdentity now = facts.identity();
    if (!then.machineId().equals(now.machineId())
        || !then.architecture().equals(now.architecture())
        || then.pageSizeBytes() != now.pageSizeBytes()) {
      return ExitCode.INPUT_REFUSED;
    }
    return session.bootChain().contains(facts.bootId())
        ? ExitCode.NOT_ALLOWED_NOW
        : ExitCode.HOST_NOT_ABLE;
  }
}
