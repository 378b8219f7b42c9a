package io.holdfast.engine;

import io.holdfast.linux.LiveUpdate;
import io.holdfast.linux.LuoSession;
import io.holdfast.model.KernelException;
import io.holdfast.session.SessionException;
import io.holdfast.session.StoreReport;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;

/**
 * The live update session to preserve into: one that the service manager has made for this service
 * ({@code LUOSession=} of its unit), else one of our own.
 *
 * <p>A service may use what it is given without access to {@code /dev/liveupdate}. The kernel knows
 * such a session by a name of systemd's, so a manifest tells it. It can be used once: after it was
 * taken back, or restored from, systemd gives another at the next start of the service, not before.
 * Keeps no state.
 */
final class GivenSession {
  private GivenSession() {}

  /**
   * The session that is given for the next kernel: the one that the unit has named as the session,
   * or the only one.
   *
   * @throws SessionException if there are several, and none has the session's name
   */
  static Optional<OfferedSession> find(
      Syscalls syscalls, StoreNames names, List<StoredDescriptor> offered) {
    List<OfferedSession> given =
        OfferedSession.among(syscalls, offered).stream()
            .filter(each -> !StoreNames.isAnySessions(each.storeName()))
            .filter(each -> each.luo().isOutgoing())
            .toList();
    List<OfferedSession> named =
        given.stream().filter(each -> each.storeName().equals(names.session())).toList();
    List<OfferedSession> chosen = named.isEmpty() ? given : named;
    if (chosen.size() > 1) {
      throw new SessionException(
          "the service manager gives %d live update sessions, %s, and none is named \"%s\""
              .formatted(
                  chosen.size(),
                  String.join(", ", chosen.stream().map(OfferedSession::storeName).toList()),
                  names.session()),
          "name one of them after the session: LUOSession=" + names.session());
    }
    return chosen.stream().findFirst();
  }

  /**
   * Makes a session of our own.
   *
   * @throws SessionException if this process may not, and would have to be given one
   */
  static LuoSession create(Syscalls syscalls, String name, StoreReport store) {
    try (LiveUpdate liveUpdate = LiveUpdate.open(syscalls)) {
      return liveUpdate.create(name);
    } catch (KernelException refused) {
      if (!isForbidden(refused)) {
        throw refused;
      }
      throw new SessionException(
          "session \"%s\" has no live update session to be preserved in: this process was given none that is unused, and may not open %s itself (%s)"
              .formatted(name, LiveUpdate.PATH, Errno.name(refused.errno())),
          store.kind() == StoreReport.Kind.SYSTEMD
              ? "set LUOSession= in the unit; one that was used is replaced when the service is"
                  + " started again (systemctl restart), which resumes the session"
              : "run as root, or as a service with LUOSession=");
    }
  }

  /** Whether a call was refused for who the caller is. */
  static boolean isForbidden(KernelException refused) {
    return refused.errno() == Errno.EACCES || refused.errno() == Errno.EPERM;
  }
}
