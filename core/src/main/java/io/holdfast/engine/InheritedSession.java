package io.holdfast.engine;

import static io.holdfast.engine.InheritedDescriptors.malformed;
import static io.holdfast.uapi.FcntlUapi.F_GETFD;

import io.holdfast.linux.LuoSession;
import io.holdfast.model.KernelException;
import io.holdfast.session.SessionOptions;
import io.holdfast.store.ListenDescriptors;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A session that this process was started with: its live update session, and what was announced
 * with it. From the moment it is found the descriptors are used up.
 *
 * @param luo the live update session; the caller's
 * @param descriptors all that was announced for it
 */
record InheritedSession(LuoSession luo, InheritedDescriptors descriptors) {
  /**
   * Finds the session of this name among what was inherited and is not used up. A descriptor that
   * is announced as a session and is none was not meant for Holdfast.
   *
   * @throws io.holdfast.session.SessionException if what was announced contradicts itself; nothing
   *     has been used up
   */
  static Optional<InheritedSession> find(HostProcess process, String name, SessionOptions options) {
    Syscalls syscalls = process.syscalls();
    List<InheritedDescriptors> announced =
        InheritedDescriptors.from(options.environment(), syscalls.getpid()).stream()
            .map(each -> each.without(process.retained().usedUp()))
            .filter(each -> !each.all().isEmpty())
            .toList();
    for (InheritedDescriptors each : announced) {
      Optional<LuoSession> luo = each.session().flatMap(fd -> named(syscalls, fd, name));
      if (luo.isPresent()) {
        process.retained().useUp(each.all());
        luo.get().setInheritable(false);
        return Optional.of(new InheritedSession(luo.get(), each));
      }
    }
    announced.forEach(each -> requireNoneMissed(syscalls, each, name));
    return Optional.empty();
  }

  /**
   * What was announced to this process and is open. To be asked before anything is opened, which
   * may get the number of one that is not.
   *
   * @throws io.holdfast.store.StoreException if the announcement is malformed
   */
  static List<StoredDescriptor> open(Syscalls syscalls, Map<String, String> environment) {
    return ListenDescriptors.announced(syscalls, environment).stream()
        .filter(each -> syscalls.fcntl(each.fd(), F_GETFD, 0) >= 0)
        .toList();
  }

  /** A session that was handed over and is not recognised would be lost with this process. */
  private static void requireNoneMissed(
      Syscalls syscalls, InheritedDescriptors announced, String name) {
    announced
        .byName()
        .forEach((as, fd) -> {
          if (named(syscalls, fd, name).isPresent()) {
            throw malformed(
                "descriptor %d is live update session \"%s\", but LISTEN_FDNAMES calls it \"%s\""
                    .formatted(fd, name, as));
          }
        });
    Optional<Integer> session = announced.session();
    if (announced.all().size() > 1 && session.flatMap(fd -> sessionOf(syscalls, fd)).isEmpty()) {
      throw malformed(
          session
              .map(fd -> "descriptor " + fd + ", announced as " + InheritedDescriptors.SESSION)
              .map(what -> what + " with others of a session, is no live update session")
              .orElse(
                  "LISTEN_FDNAMES announces descriptors of a session, but no "
                      + InheritedDescriptors.SESSION));
    }
  }

  private static Optional<LuoSession> named(Syscalls syscalls, int fd, String name) {
    return sessionOf(syscalls, fd).filter(session -> session.name().equals(name));
  }

  /** A descriptor as a session, if it is one: a number that is announced may be anything. */
  private static Optional<LuoSession> sessionOf(Syscalls syscalls, int fd) {
    try {
      return Optional.of(LuoSession.adopt(syscalls, fd));
    } catch (KernelException e) {
      return Optional.empty();
    }
  }
}
