package io.holdfast.session;

import io.holdfast.model.SessionState;
import java.util.List;

/**
 * What was handed to the kernel for the next kexec.
 *
 * @param sealed the session as it was sealed
 * @param manifestSha256 the manifest's SHA-256, in hex
 * @param manifestBytes the manifest's size
 * @param notices what was left out, and what this kernel does not preserve
 */
public record PreserveReport(
    SessionState sealed, String manifestSha256, long manifestBytes, List<String> notices) {
  public PreserveReport {
    notices = List.copyOf(notices);
  }
}
