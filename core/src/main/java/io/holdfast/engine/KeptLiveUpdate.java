package io.holdfast.engine;

import io.holdfast.linux.LuoSession;
import io.holdfast.linux.MappedMemory;
import io.holdfast.linux.Memfd;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import io.holdfast.serializer.ManifestTooLargeException;
import io.holdfast.store.StoredDescriptor;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.List;
import java.util.Optional;

/**
 * Which live update session of the previous kernel, of those that a store offers, is a session's.
 *
 * <p>Its name in the store says nothing, and the kernel's name only where the session was not given
 * by systemd; what counts is the manifest in it. Looking changes nothing. Keeps no state.
 */
final class KeptLiveUpdate {
  private KeptLiveUpdate() {}

  /** The one with the session's name in the kernel, else the one whose manifest speaks of it. */
  static Optional<OfferedSession> find(
      Syscalls syscalls, String name, List<StoredDescriptor> offered) {
    List<OfferedSession> waiting =
        OfferedSession.among(syscalls, offered).stream()
            .filter(each -> isWaiting(syscalls, each.luo()))
            .toList();
    return waiting.stream()
        .filter(each -> each.luo().name().equals(name))
        .findFirst()
        .or(() ->
            waiting.stream().filter(each -> speaksOf(syscalls, each.luo(), name)).findFirst());
  }

  /**
   * A finished session knows no manifest any more, and one for the next kernel gives nothing back.
   */
  private static boolean isWaiting(Syscalls syscalls, LuoSession session) {
    try {
      syscalls.close(session.retrieve(Sealer.MANIFEST_TOKEN));
      return true;
    } catch (KernelException e) {
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /** What another program has preserved need be no manifest. */
  private static boolean speaksOf(Syscalls syscalls, LuoSession session, String name) {
    try {
      SessionState state = Manifest.decode(manifest(syscalls, session));
      return state.name().equals(name) && state.nameInKernel().equals(session.name());
    } catch (HoldfastException notOurs) {
      return false;
    }
  }

  /** The manifest in a session, from the memfd under token 0; not decoded. */
  static byte[] manifest(Syscalls syscalls, LuoSession luo) {
    try (Memfd memfd = new Memfd(syscalls, luo.retrieve(Sealer.MANIFEST_TOKEN), "manifest")) {
      long sizeBytes = memfd.sizeBytes();
      if (sizeBytes <= 0 || sizeBytes > Manifest.MAX_BYTES) {
        throw new ManifestTooLargeException(
            "the manifest in live update session \"" + luo.name() + "\"", sizeBytes);
      }
      try (MappedMemory memory = memfd.map(0, sizeBytes)) {
        return Manifest.copy(memory.segment());
      }
    }
  }
}
