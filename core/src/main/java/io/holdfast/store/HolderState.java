package io.holdfast.store;

import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What a holder keeps, and for whom. Used by the holder's thread only, but for {@link #kept}. */
final class HolderState {
  static final int MAX_SESSIONS = 256;
  static final int MAX_CLIENTS = 512;

  private final Syscalls syscalls;
  private final int maxDescriptors;
  private final Map<String, KeptSession> sessions = new LinkedHashMap<>();
  private final List<HolderClient> clients = new ArrayList<>();
  private final AtomicInteger kept = new AtomicInteger();

  HolderState(Syscalls syscalls, int maxDescriptors) {
    this.syscalls = syscalls;
    this.maxDescriptors = maxDescriptors;
  }

  Syscalls syscalls() {
    return syscalls;
  }

  int maxDescriptors() {
    return maxDescriptors;
  }

  /** How many descriptors are kept; any thread may ask. */
  int kept() {
    return kept.get();
  }

  Map<String, KeptSession> sessions() {
    return sessions;
  }

  List<HolderClient> clients() {
    return clients;
  }

  KeptSession addSession(String name, int uid) {
    KeptSession session = new KeptSession(name, uid);
    sessions.put(name, session);
    return session;
  }

  /** Keeps a descriptor, which is the holder's from now on. */
  void keep(KeptSession session, String name, int fd) {
    session.descriptors().add(new KeptSession.Kept(name, fd));
    kept.incrementAndGet();
  }

  /** Closes what a session has under a name; returns how many there were. */
  int letGo(KeptSession session, String name) {
    List<KeptSession.Kept> gone =
        session.descriptors().stream().filter(each -> each.name().equals(name)).toList();
    session.descriptors().removeAll(gone);
    close(gone);
    return gone.size();
  }

  /** Closes all that a session has, and forgets it; returns how many there were. */
  int letGo(KeptSession session) {
    List<KeptSession.Kept> gone = List.copyOf(session.descriptors());
    session.descriptors().clear();
    sessions.remove(session.name());
    close(gone);
    return gone.size();
  }

  private void close(List<KeptSession.Kept> gone) {
    kept.addAndGet(-gone.size());
    gone.forEach(each -> syscalls.close(each.fd()));
  }

  /** A client is gone: its session waits for the next one, unless there is nothing in it. */
  void drop(HolderClient client) {
    clients.remove(client);
    KeptSession session = client.session();
    if (session != null) {
      session.client(null);
      client.session(null);
      if (session.descriptors().isEmpty()) {
        sessions.remove(session.name());
      }
    }
    client.socket().close();
  }

  /** Closes every descriptor and connection. */
  void closeAll() {
    List.copyOf(clients).forEach(this::drop);
    List.copyOf(sessions.values()).forEach(this::letGo);
  }
}
