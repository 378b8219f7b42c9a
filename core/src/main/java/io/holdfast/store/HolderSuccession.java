package io.holdfast.store;

import io.holdfast.linux.UnixSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands a holder over to its successor: everything it has, its clients' connections among it, so
 * that they notice nothing.
 *
 * <p>From TAKE_OVER to COMMIT the holder does nothing for anybody else; a successor that dies or
 * falls silent before COMMIT has cost nothing. Used by the holder's thread only.
 */
final class HolderSuccession {
  private record Part(HolderPart what, int fd) {}

  private final HolderClient successor;
  private final List<Part> parts = new ArrayList<>();
  private int taken;

  HolderSuccession(HolderClient successor, UnixSocket listener, HolderState state) {
    this.successor = successor;
    add(HolderPart.Kind.LISTENER, -1, 0, 0, "", listener.number());
    List<KeptSession> sessions = List.copyOf(state.sessions().values());
    for (int i = 0; i < sessions.size(); i++) {
      KeptSession session = sessions.get(i);
      add(HolderPart.Kind.SESSION, i, session.uid(), 0, session.name(), -1);
      for (KeptSession.Kept each : session.descriptors()) {
        add(HolderPart.Kind.DESCRIPTOR, i, 0, 0, each.name(), each.fd());
      }
    }
    for (HolderClient client : state.clients()) {
      if (client != successor && (client.session() == null || client.hasAcknowledged())) {
        int session = client.session() == null ? -1 : sessions.indexOf(client.session());
        UnixSocket.Peer peer = client.peer();
        add(HolderPart.Kind.CLIENT, session, peer.uid(), peer.pid(), "", client.socket().number());
      }
    }
  }

  private void add(HolderPart.Kind kind, int session, int uid, int pid, String name, int fd) {
    parts.add(new Part(new HolderPart(kind, session, uid, pid, name), fd));
  }

  HolderClient successor() {
    return successor;
  }

  int count() {
    return parts.size();
  }

  boolean isComplete() {
    return taken == parts.size();
  }

  HolderRequests.Reply part(int place) {
    if (place < 0 || place >= parts.size() || place > taken) {
      return HolderRequests.refused(
          HolderRefusal.NO_SUCH, "the next part is number %d of %d".formatted(taken, parts.size()));
    }
    taken = Math.max(taken, place + 1);
    Part part = parts.get(place);
    return new HolderRequests.Reply(
        HolderMessage.of(HolderVerb.PART, place, part.what().encode()), part.fd());
  }
}
