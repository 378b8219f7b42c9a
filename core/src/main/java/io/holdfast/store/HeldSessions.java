package io.holdfast.store;

import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a holder keeps, for an operator: to look, and to let go. Thread-safe. */
public final class HeldSessions implements AutoCloseable {
  private static final int MOST = 4096;

  private final HolderConnection connection;

  private HeldSessions(HolderConnection connection) {
    this.connection = connection;
  }

  /** The path of the holder's socket that an environment names, or the usual one of its user. */
  public static String path(Syscalls syscalls, Map<String, String> environment) {
    return HolderPlace.path(syscalls, environment);
  }

  /** The holder at a path; empty if nobody has ever listened there. */
  public static Optional<HeldSessions> find(Syscalls syscalls, String path) {
    return HolderPlace.exists(syscalls, path)
        ? Optional.of(connect(syscalls, path))
        : Optional.empty();
  }

  /**
   * The holder at a path.
   *
   * @throws StoreException there is none
   */
  public static HeldSessions connect(Syscalls syscalls, String path) {
    return new HeldSessions(HolderConnection.open(syscalls, path));
  }

  /** The holder's process. */
  public int holderPid() {
    return connection.holderPid();
  }

  /** The sessions that this user may see. */
  public List<HeldSession> list() {
    List<HeldSession> sessions = new ArrayList<>();
    try {
      while (sessions.size() < MOST) {
        HolderMessage request = HolderMessage.of(HolderVerb.LIST, sessions.size());
        HolderMessage answer = connection.ask(request, HolderVerb.SESSION).message();
        sessions.add(HeldSession.decode(answer.text()));
      }
    } catch (HolderConnection.Refused refused) {
      if (refused.why() != HolderRefusal.NO_SUCH) {
        throw connection.refused("list its sessions", refused);
      }
    } catch (HolderMessage.Malformed malformed) {
      throw new StoreException(
          "the holder at %s lists what is no session".formatted(connection.path()), "", malformed);
    }
    return sessions;
  }

  /**
   * Has the holder close everything it keeps of a session, which nobody can have again.
   *
   * @return how many descriptors that was
   * @throws StoreException there is no such session, or a process has it open
   */
  public int discard(String session) {
    try {
      HolderMessage request = HolderMessage.of(HolderVerb.DISCARD, 0, session);
      return connection.ask(request, HolderVerb.OK).message().number();
    } catch (HolderConnection.Refused refused) {
      throw connection.refused("discard session \"" + session + "\"", refused);
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
