package io.holdfast.engine;

import io.holdfast.linux.HostFacts;
import io.holdfast.model.PciAddress;
import io.holdfast.model.SessionState;
import io.holdfast.session.RestorePlan;
import io.holdfast.sys.Syscalls;
import java.util.function.Predicate;

/**
 * The plan of a restore, with what it was made from. The one place where one is made: before the
 * session is taken, from the copy in the state directory; for {@code holdfast plan}; and for each
 * try, from what the kernel holds. Immutable.
 *
 * @param state what was sealed
 * @param facts the host as it was when the plan was made
 * @param plan what follows from them
 */
public record PlannedRestore(SessionState state, HostFacts facts, RestorePlan plan) {
  /**
   * The plan for restoring a session on this host as it is now; changes nothing.
   *
   * @param hasToken for which devices whoever restores it has a VF token
   */
  public static PlannedRestore of(
      Syscalls syscalls, SessionState state, Predicate<PciAddress> hasToken) {
    HostFacts facts = HostFacts.gather(syscalls, state.devices());
    return new PlannedRestore(state, facts, RestorePlanner.plan(state, facts, hasToken));
  }

  /** Whether the session was sealed in this very boot, so that no kernel can hold it yet. */
  boolean isOfThisBoot() {
    return state.bootChain().contains(facts.bootId());
  }
}
