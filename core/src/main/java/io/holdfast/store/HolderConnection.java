package io.holdfast.store;

import io.holdfast.linux.KernelErrors;
import io.holdfast.linux.UnixMessage;
import io.holdfast.linux.UnixSocket;
import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;

/**
 * A client's connection to a holder: one request, one reply. Thread-safe.
 *
 * <p>A holder that does not answer in time, or not as the protocol says, is not asked again: the
 * connection is closed, and what was asked may or may not have happened.
 */
final class HolderConnection implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 10_000;

  /**
   * A reply that says yes.
   *
   * @param fd the descriptor that came with it, the caller's; -1 for none
   */
  record Answer(HolderMessage message, int fd) {}

  /** A reply that says no. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final HolderRefusal why;

    Refused(HolderRefusal why, String inWords) {
      super(inWords, null, false, false);
      this.why = why;
    }

    HolderRefusal why() {
      return why;
    }
  }

  private final Syscalls syscalls;
  private final String path;
  private final UnixSocket socket;

  private HolderConnection(Syscalls syscalls, String path, UnixSocket socket) {
    this.syscalls = syscalls;
    this.path = path;
    this.socket = socket;
  }

  /**
   * Connects to the holder at a path.
   *
   * @throws StoreException there is none
   */
  static HolderConnection open(Syscalls syscalls, String path) {
    try {
      return new HolderConnection(syscalls, path, UnixSocket.connect(syscalls, path));
    } catch (KernelException refused) {
      throw new StoreException(
          switch (refused.errno()) {
            case Errno.ENOENT -> "there is no holder at " + path;
            case Errno.EACCES -> "the holder at " + path + " may not be used by this user: EACCES";
            case Errno.ECONNREFUSED ->
                "the holder at " + path + " has ended, and what it kept is lost";
            default -> "the holder at " + path + " cannot be reached: " + refused.problem();
          },
          refused.errno() == Errno.EACCES
              ? "run as the user whose holder it is"
              : "start one: holdfast hold --socket " + path,
          refused);
    }
  }

  String path() {
    return path;
  }

  /** The holder's process. */
  int holderPid() {
    return socket.peer().pid();
  }

  /**
   * Refuses a holder of another user's: whoever it belongs to would have what it is given.
   *
   * @throws StoreException it is neither this user's nor root's
   */
  void requireTrusted() {
    int uid = socket.peer().uid();
    if (uid != 0 && uid != syscalls.geteuid()) {
      throw new StoreException(
          "the holder at %s belongs to user %s, who would have all that it keeps"
              .formatted(path, Integer.toUnsignedString(uid)),
          "start one as this user: holdfast hold --socket PATH");
    }
  }

  boolean isOpen() {
    return socket.isOpen();
  }

  /**
   * Asks, and waits for the reply.
   *
   * @param expected what the reply has to be
   * @param fds at most one descriptor to send, which stays the caller's
   * @throws Refused the holder says no; the connection can go on
   * @throws StoreException the holder is gone, or says what it must not
   */
  synchronized Answer ask(HolderMessage request, HolderVerb expected, int... fds) throws Refused {
    if (!socket.isOpen()) {
      throw gone("the connection is closed");
    }
    boolean done = false;
    try {
      long sent = socket.trySend(request.encode(), fds);
      if (sent == -Errno.EAGAIN && socket.awaitRoom(PATIENCE_MILLIS)) {
        sent = socket.trySend(request.encode(), fds);
      }
      if (sent < 0 && !isEnd(sent)) {
        throw KernelErrors.of("sendmsg", sent, request.verb() + " to the holder at " + path);
      }
      Answer answer = receive(request, expected, sent < 0);
      done = true;
      return answer;
    } catch (Refused refused) {
      done = refused.why() != HolderRefusal.MALFORMED;
      throw refused;
    } finally {
      if (!done) {
        socket.close();
      }
    }
  }

  /** A holder that turns a client away says why and closes; the reason can still be received. */
  private static boolean isEnd(long sent) {
    return sent == -Errno.EPIPE || sent == -Errno.ECONNRESET;
  }

  private Answer receive(HolderMessage request, HolderVerb expected, boolean ended) throws Refused {
    if (!ended && !socket.await(PATIENCE_MILLIS)) {
      throw gone(
          "it has not answered %s in %d s".formatted(request.verb(), PATIENCE_MILLIS / 1000));
    }
    UnixMessage message = socket.receive(HolderMessage.MAX_BYTES, 1);
    while (message.answer() == -Errno.EINTR || message.answer() == -Errno.ECONNRESET) {
      message = socket.receive(HolderMessage.MAX_BYTES, 1);
    }
    boolean taken = false;
    try {
      if (message.answer() <= 0) {
        throw gone("it has closed the connection");
      }
      if (message.lostDescriptors() && message.fds().length == 0) {
        throw new StoreException(
            "a descriptor kept at %s did not arrive: this process has no number free for it"
                .formatted(path),
            "raise RLIMIT_NOFILE (LimitNOFILE= of the unit); nothing is lost");
      }
      HolderMessage reply = HolderMessage.decode(message.bytes());
      if (reply.verb() == HolderVerb.REFUSED) {
        throw new Refused(HolderRefusal.of(reply.number()), reply.text());
      }
      if (reply.verb() != expected || message.isCut() || message.fds().length > 1) {
        throw gone("it has answered %s with %s".formatted(request.verb(), reply.verb()));
      }
      taken = true;
      return new Answer(reply, message.fds().length == 0 ? -1 : message.fds()[0]);
    } catch (HolderMessage.Malformed malformed) {
      throw gone("it has answered %s with what is no answer".formatted(request.verb()));
    } finally {
      if (!taken) {
        message.closeDescriptors(syscalls);
      }
    }
  }

  private StoreException gone(String why) {
    return new StoreException(
        "the holder at %s is not to be had: %s".formatted(path, why),
        "see whether it runs (holdfast sessions); what this process has open is not lost as long as"
            + " it lives");
  }

  /** The exception for a refusal. */
  StoreException refused(String what, Refused refused) {
    return new StoreException(
        "the holder at %s refuses to %s: %s".formatted(path, what, refused.getMessage()),
        switch (refused.why()) {
          case BUSY -> "end that process first, or give this session another name";
          case FULL -> "raise LimitNOFILE= and --max of the holder, or discard sessions";
          case NOT_ALLOWED -> "run as the user whose session it is";
          case OTHER_VERSION -> "replace it by this version: holdfast hold --take-over";
          default -> "see holdfast sessions";
        },
        refused);
  }

  @Override
  public void close() {
    socket.close();
  }
}
