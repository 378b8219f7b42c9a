package io.holdfast.sim;

import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * What a simulated kexec did.
 *
 * @param generation how many kernels this machine has booted since it was created, the new one
 *     included
 * @param bootId the new kernel's boot id
 * @param sessionsCarried names of the LUO sessions the new kernel holds for retrieval
 * @param sessionsLost names of the sessions that were preserved, or not yet retrieved, and are lost
 * @param killedPid the process that owned the machine and was killed, as a kexec kills every
 *     process
 */
public record KexecReport(
    long generation,
    UUID bootId,
    List<String> sessionsCarried,
    List<String> sessionsLost,
    OptionalLong killedPid) {
  public KexecReport {
    sessionsCarried = List.copyOf(sessionsCarried);
    sessionsLost = List.copyOf(sessionsLost);
  }
}
