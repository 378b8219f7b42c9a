package io.holdfast.store;

import static io.holdfast.uapi.FcntlUapi.AT_EMPTY_PATH;
import static io.holdfast.uapi.StatUapi.STATX_BASIC_STATS;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.StatUapi;
import io.holdfast.uapi.StatUapi.statx;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.regex.Pattern;

/** What a holder does with each request. Used by the holder's thread only. */
final class HolderRequests {
  private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  /**
   * A reply, and the descriptor to send with it.
   *
   * @param fd -1 for none; it stays the holder's
   */
  record Reply(HolderMessage message, int fd) {
    Reply(HolderMessage message) {
      this(message, -1);
    }
  }

  private final HolderState state;

  HolderRequests(HolderState state) {
    this.state = state;
  }

  static Reply refused(HolderRefusal why, String inWords) {
    return new Reply(HolderMessage.refused(why, inWords));
  }

  private static Reply ok(int number) {
    return new Reply(HolderMessage.of(HolderVerb.OK, number));
  }

  /**
   * Does what a client asks.
   *
   * @param fd the descriptor that came with it, -1 for none; this takes it over
   */
  Reply handle(HolderClient client, HolderMessage request, int fd) {
    boolean keeps = false;
    try {
      if (fd >= 0 && request.verb() != HolderVerb.PUT) {
        return refused(HolderRefusal.MALFORMED, request.verb() + " takes no descriptor");
      }
      Reply reply =
          switch (request.verb()) {
            case PUT -> put(client, request.text(), fd);
            case OPEN -> open(client, request.text());
            case GIVE -> give(client, request.number());
            case ACKNOWLEDGE -> acknowledge(client, request.number());
            case REMOVE -> remove(client, request.text());
            case LIST -> list(client, request.number());
            case DISCARD -> discard(client, request.text());
            default -> refused(HolderRefusal.OUT_OF_ORDER, request.verb() + " is not asked here");
          };
      keeps = request.verb() == HolderVerb.PUT && reply.message().verb() == HolderVerb.OK;
      return reply;
    } catch (HolderMessage.Malformed malformed) {
      return refused(malformed.refusal(), malformed.getMessage());
    } finally {
      if (fd >= 0 && !keeps) {
        state.syscalls().close(fd);
      }
    }
  }

  private static boolean mayUse(HolderClient client, KeptSession session) {
    return client.peer().uid() == session.uid() || client.peer().uid() == 0;
  }

  private Reply open(HolderClient client, String name) {
    if (client.session() != null) {
      return refused(
          HolderRefusal.OUT_OF_ORDER, "a connection has one session, " + client.session().name());
    }
    if (!SESSION.matcher(name).matches()) {
      return refused(HolderRefusal.MALFORMED, "not a session's name");
    }
    KeptSession session = state.sessions().get(name);
    if (session == null) {
      if (state.sessions().size() >= HolderState.MAX_SESSIONS) {
        return refused(
            HolderRefusal.FULL, "the holder has " + HolderState.MAX_SESSIONS + " sessions");
      }
      session = state.addSession(name, client.peer().uid());
    } else if (!mayUse(client, session)) {
      return refused(HolderRefusal.NOT_ALLOWED, "the session is of user " + uid(session.uid()));
    } else if (session.client() != null) {
      return refused(
          HolderRefusal.BUSY, "process " + session.client().peer().pid() + " has the session open");
    }
    session.client(client);
    client.session(session);
    return ok(session.descriptors().size());
  }

  private static String uid(int uid) {
    return Integer.toUnsignedString(uid);
  }

  private static Reply noSession() {
    return refused(HolderRefusal.OUT_OF_ORDER, "open a session first");
  }

  private Reply put(HolderClient client, String name, int fd) {
    if (client.session() == null) {
      return noSession();
    }
    if (fd < 0) {
      return refused(HolderRefusal.MALFORMED, "no descriptor came with it");
    }
    if (!client.hasAcknowledged()) {
      return notAcknowledged();
    }
    if (!DescriptorNames.isValid(name)) {
      return refused(HolderRefusal.MALFORMED, "not a descriptor's name");
    }
    if (state.kept() >= state.maxDescriptors()) {
      return refused(
          HolderRefusal.FULL,
          "the holder keeps %d descriptors, all that RLIMIT_NOFILE and its options allow"
              .formatted(state.kept()));
    }
    String unfit = whyNotKept(fd);
    if (!unfit.isEmpty()) {
      return refused(HolderRefusal.NOT_KEPT, unfit);
    }
    state.keep(client.session(), name, fd);
    return ok(client.session().descriptors().size());
  }

  /**
   * A socket would let a client keep its own connection open beyond its death, and nobody could
   * have its session again. Everything else is kept unseen.
   */
  private String whyNotKept(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(statx.LAYOUT.size(), 8);
      int answer = state.syscalls().statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status);
      if (answer < 0) {
        return "what it is cannot be found out: " + Errno.name(-answer);
      }
      boolean socket = (statx.stx_mode.get(status) & StatUapi.S_IFMT) == StatUapi.S_IFSOCK;
      return socket ? "it is a socket" : "";
    }
  }

  private static Reply notAcknowledged() {
    return refused(
        HolderRefusal.OUT_OF_ORDER, "acknowledge first what the session had when it was opened");
  }

  private Reply give(HolderClient client, int place) {
    if (client.session() == null) {
      return noSession();
    }
    if (client.hasAcknowledged()) {
      return refused(HolderRefusal.OUT_OF_ORDER, "everything has been given and acknowledged");
    }
    List<KeptSession.Kept> kept = client.session().descriptors();
    if (place < 0 || place >= kept.size()) {
      return refused(HolderRefusal.NO_SUCH, "there are " + kept.size() + " descriptors");
    }
    if (place > client.given()) {
      return refused(HolderRefusal.OUT_OF_ORDER, "the next is number " + client.given());
    }
    client.gave(place);
    KeptSession.Kept each = kept.get(place);
    return new Reply(HolderMessage.of(HolderVerb.GIVEN, place, each.name()), each.fd());
  }

  private Reply acknowledge(HolderClient client, int count) {
    if (client.session() == null) {
      return noSession();
    }
    int kept = client.session().descriptors().size();
    if (!client.hasAcknowledged() && (count != kept || client.given() != kept)) {
      return refused(
          HolderRefusal.OUT_OF_ORDER,
          "%d of %d descriptors were given, not %d".formatted(client.given(), kept, count));
    }
    client.acknowledge();
    return ok(kept);
  }

  private Reply remove(HolderClient client, String name) {
    if (client.session() == null) {
      return noSession();
    }
    return client.hasAcknowledged() ? ok(state.letGo(client.session(), name)) : notAcknowledged();
  }

  private Reply list(HolderClient client, int place) {
    List<KeptSession> visible =
        state.sessions().values().stream().filter(each -> mayUse(client, each)).toList();
    if (place < 0 || place >= visible.size()) {
      return refused(HolderRefusal.NO_SUCH, "there are " + visible.size() + " sessions");
    }
    String text = visible.get(place).describe().encode();
    return new Reply(HolderMessage.of(HolderVerb.SESSION, place, text));
  }

  private Reply discard(HolderClient client, String name) {
    KeptSession session = state.sessions().get(name);
    if (session == null) {
      return refused(HolderRefusal.NO_SUCH, "there is no such session");
    }
    if (!mayUse(client, session)) {
      return refused(HolderRefusal.NOT_ALLOWED, "the session is of user " + uid(session.uid()));
    }
    if (session.client() != null) {
      return refused(
          HolderRefusal.BUSY, "process " + session.client().peer().pid() + " has the session open");
    }
    return ok(state.letGo(session));
  }
}
