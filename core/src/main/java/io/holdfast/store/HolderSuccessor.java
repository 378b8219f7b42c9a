package io.holdfast.store;

import io.holdfast.linux.UnixSocket;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.List;

/** Takes over a holder's state from the one that is running. */
final class HolderSuccessor {
  private final Syscalls syscalls;
  private final String path;
  private final HolderState state;
  private final List<KeptSession> sessions = new ArrayList<>();
  private UnixSocket listener;

  private HolderSuccessor(Syscalls syscalls, String path, HolderState state) {
    this.syscalls = syscalls;
    this.path = path;
    this.state = state;
  }

  static Holder takeOver(Syscalls syscalls, String path, HolderState state) {
    HolderSuccessor successor = new HolderSuccessor(syscalls, path, state);
    try (Undo undo = new Undo()) {
      undo.with(successor::closeListener);
      undo.with(state::closeAll);
      try (HolderConnection predecessor = HolderConnection.open(syscalls, path)) {
        successor.takeAll(predecessor);
        Holder holder = new Holder(syscalls, successor.listener, path, state);
        undo.forget();
        return holder;
      }
    }
  }

  private void closeListener() {
    if (listener != null) {
      listener.close();
    }
  }

  private void takeAll(HolderConnection predecessor) {
    try {
      int count =
          predecessor
              .ask(HolderMessage.of(HolderVerb.TAKE_OVER, 0), HolderVerb.OK)
              .message()
              .number();
      for (int i = 0; i < count; i++) {
        take(predecessor.ask(HolderMessage.of(HolderVerb.TAKE_PART, i), HolderVerb.PART));
      }
      if (listener == null) {
        throw new StoreException("the holder at " + path + " has no listening socket", "");
      }
      predecessor.ask(HolderMessage.of(HolderVerb.COMMIT, 0), HolderVerb.OK);
    } catch (HolderConnection.Refused refused) {
      throw predecessor.refused("hand over", refused);
    }
  }

  private void take(HolderConnection.Answer answer) {
    int fd = answer.fd();
    boolean taken = false;
    try {
      HolderPart part = HolderPart.decode(answer.message().text());
      if ((fd < 0) != (part.kind() == HolderPart.Kind.SESSION)) {
        throw new HolderMessage.Malformed(HolderRefusal.MALFORMED, "descriptor missing");
      }
      switch (part.kind()) {
        case LISTENER -> listener = new UnixSocket(syscalls, fd, "socket " + path);
        case SESSION -> sessions.add(state.addSession(part.name(), part.uid()));
        case DESCRIPTOR -> state.keep(session(part), part.name(), fd);
        case CLIENT -> addClient(part, fd);
      }
      taken = true;
    } catch (HolderMessage.Malformed malformed) {
      throw new StoreException(
          "the holder at %s hands over what is not understood: %s"
              .formatted(path, malformed.getMessage()),
          "it goes on as before; use a version that is nearer to it");
    } finally {
      if (!taken && fd >= 0) {
        syscalls.close(fd);
      }
    }
  }

  private KeptSession session(HolderPart part) throws HolderMessage.Malformed {
    if (part.session() < 0 || part.session() >= sessions.size()) {
      throw new HolderMessage.Malformed(
          HolderRefusal.MALFORMED, "there is no session " + part.session());
    }
    return sessions.get(part.session());
  }

  private void addClient(HolderPart part, int fd) throws HolderMessage.Malformed {
    KeptSession session = part.session() < 0 ? null : session(part);
    UnixSocket socket = new UnixSocket(syscalls, fd, "client of socket " + path);
    HolderClient client = new HolderClient(socket, new UnixSocket.Peer(part.pid(), part.uid()));
    if (session != null) {
      session.client(client);
      client.session(session);
      client.acknowledge();
    }
    state.clients().add(client);
  }
}
