package io.holdfast.store;

import io.holdfast.linux.Poller;
import io.holdfast.linux.UnixMessage;
import io.holdfast.linux.UnixSocket;
import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The holder: keeps descriptors by session for drivers that come and go, over a Unix socket.
 *
 * <p>It never opens what it keeps: it neither maps, reads nor asks a descriptor anything but
 * whether it is a socket. A client is answered one message at a time and never waited for: one that
 * does not receive its reply is dropped. What it sends is read into {@value
 * HolderMessage#MAX_BYTES} bytes and one descriptor, whatever it says of its length. Only this
 * user's processes and root's are listened to (SO_PEERCRED), and a session is its first user's.
 *
 * <p>A driver has its session open as long as its connection, and the descriptors stay here all the
 * while; when it dies, the next is given them. {@link HolderMessage} draws the protocol. {@link
 * #step} and {@link #run} belong to one thread; {@link #kept} and {@link #stop} to any.
 */
public final class Holder implements AutoCloseable {
  /** A call that fails at once would otherwise be tried again at once. */
  private static final long FAILURE_PAUSE_NANOS = 20_000_000;

  /**
   * How long a successor may be silent in the middle of taking over: less than clients wait for an
   * answer.
   */
  private static final long SUCCESSOR_PATIENCE_NANOS = 4_000_000_000L;

  private final Syscalls syscalls;
  private final UnixSocket listener;
  private final String path;
  private final int uid;
  private final HolderState state;
  private final HolderRequests requests;
  private HolderSuccession succession;
  private volatile boolean stopped;
  private boolean handedOver;

  Holder(Syscalls syscalls, UnixSocket listener, String path, HolderState state) {
    this.syscalls = syscalls;
    this.listener = listener;
    this.path = path;
    this.uid = syscalls.geteuid();
    this.state = state;
    this.requests = new HolderRequests(state);
  }

  /**
   * Starts a holder: listens, and keeps nothing yet.
   *
   * @throws StoreException one is running there already, or the directory is not private
   */
  public static Holder start(Syscalls syscalls, HolderOptions options) {
    int most = HolderLimits.raise(syscalls, options.maxDescriptors());
    UnixSocket listener = HolderPlace.listen(syscalls, options.path());
    return new Holder(syscalls, listener, options.path(), new HolderState(syscalls, most));
  }

  /**
   * Takes the place of the holder that is running: it hands everything over and ends, and clients
   * notice nothing.
   *
   * @throws StoreException there is none, or it does not hand over; it goes on as before
   */
  public static Holder takeOver(Syscalls syscalls, HolderOptions options) {
    int most = HolderLimits.raise(syscalls, options.maxDescriptors());
    return HolderSuccessor.takeOver(syscalls, options.path(), new HolderState(syscalls, most));
  }

  /**
   * Tells the service manager of an environment, where there is one, that clients may come
   * (READY=1).
   *
   * @throws StoreException it cannot be told; the holder works all the same
   */
  public void ready(Map<String, String> environment) {
    SystemdNotify.of(syscalls, environment).ifPresent(SystemdNotify::ready);
  }

  /** How many descriptors it keeps. */
  public int kept() {
    return state.kept();
  }

  /** How many it keeps at most. */
  public int maxDescriptors() {
    return state.maxDescriptors();
  }

  /** Whether a successor has everything and this one has ended. */
  public boolean isHandedOver() {
    return handedOver;
  }

  /**
   * Works until it is stopped or has handed over. What fails is told and got over: a holder that
   * ended for a failed call would take everybody's memory with it.
   */
  public void run(Consumer<RuntimeException> failures) {
    while (!stopped && !handedOver) {
      try {
        step(1000);
      } catch (RuntimeException failed) {
        failures.accept(failed);
        LockSupport.parkNanos(FAILURE_PAUSE_NANOS);
      }
    }
  }

  /** Has {@link #run} return within a second. */
  public void stop() {
    stopped = true;
  }

  /** Waits for requests, at most so long, and answers each client that has sent one, once. */
  public void step(int timeoutMillis) {
    List<UnixSocket> sockets = new ArrayList<>();
    List<HolderClient> asked =
        succession == null ? List.copyOf(state.clients()) : List.of(succession.successor());
    asked.forEach(client -> sockets.add(client.socket()));
    if (succession == null) {
      sockets.add(listener);
    }
    List<Poller.Ready> ready = new ArrayList<>(Poller.await(syscalls, sockets, timeoutMillis));
    // Those that are gone first: the next process may already ask for what they had.
    ready.sort(Comparator.comparing(Poller.Ready::hungUp).reversed());
    boolean connections = false;
    for (Poller.Ready each : ready) {
      if (each.place() < asked.size()) {
        serve(asked.get(each.place()));
      } else {
        connections = true;
      }
    }
    if (connections && succession == null) {
      accept();
    }
    if (succession != null && isSilent(succession.successor())) {
      drop(succession.successor());
    }
  }

  private static boolean isSilent(HolderClient successor) {
    return System.nanoTime() - successor.heardNanos() > SUCCESSOR_PATIENCE_NANOS;
  }

  private void accept() {
    Optional<UnixSocket> accepted = listener.accept();
    if (accepted.isEmpty()) {
      return;
    }
    UnixSocket socket = accepted.get();
    UnixSocket.Peer peer;
    try {
      peer = socket.peer();
    } catch (KernelException unknown) {
      turnAway(socket, HolderRefusal.NOT_ALLOWED, "who is asking cannot be found out");
      return;
    }
    if (peer.uid() != uid && peer.uid() != 0) {
      String user = Integer.toUnsignedString(peer.uid());
      turnAway(socket, HolderRefusal.NOT_ALLOWED, "this holder is not for user " + user);
    } else if (!hasRoomForClient()) {
      turnAway(
          socket, HolderRefusal.FULL, HolderState.MAX_CLIENTS + " clients have a session open");
    } else {
      state.clients().add(new HolderClient(socket, peer));
    }
  }

  private static void turnAway(UnixSocket socket, HolderRefusal why, String inWords) {
    socket.trySend(HolderMessage.refused(why, inWords).encode());
    socket.close();
  }

  /** Makes room, if there is none, by dropping the one of the idle that was silent longest. */
  private boolean hasRoomForClient() {
    if (state.clients().size() < HolderState.MAX_CLIENTS) {
      return true;
    }
    Optional<HolderClient> idle =
        state.clients().stream()
            .filter(client -> client.session() == null)
            .min(Comparator.comparingLong(HolderClient::heardNanos));
    idle.ifPresent(this::drop);
    return idle.isPresent();
  }

  private void drop(HolderClient client) {
    if (succession != null && succession.successor() == client) {
      succession = null;
    }
    state.drop(client);
  }

  private void serve(HolderClient client) {
    UnixMessage message = client.socket().receive(HolderMessage.MAX_BYTES, 1);
    if (message.answer() == -Errno.EAGAIN || message.answer() == -Errno.EINTR) {
      return;
    }
    if (message.answer() <= 0) {
      message.closeDescriptors(syscalls);
      drop(client);
      return;
    }
    client.heard();
    HolderRequests.Reply reply = reply(client, message);
    int[] fds = reply.fd() < 0 ? new int[0] : new int[] {reply.fd()};
    long sent = client.socket().trySend(reply.message().encode(), fds);
    if (sent < 0 || isEndOfConversation(reply.message())) {
      drop(client);
    }
    if (handedOver) {
      stopped = true;
    }
  }

  /** A client that does not speak the protocol is told so, and not listened to any longer. */
  private static boolean isEndOfConversation(HolderMessage reply) {
    HolderRefusal refusal =
        reply.verb() == HolderVerb.REFUSED
            ? HolderRefusal.of(reply.number())
            : HolderRefusal.UNKNOWN;
    return refusal == HolderRefusal.MALFORMED || refusal == HolderRefusal.OTHER_VERSION;
  }

  private HolderRequests.Reply reply(HolderClient client, UnixMessage message) {
    int[] fds = message.fds();
    if (fds.length > 1 || message.isCut()) {
      message.closeDescriptors(syscalls);
      return message.lostDescriptors() && fds.length == 0
          ? HolderRequests.refused(
              HolderRefusal.FULL, "the descriptor did not arrive: RLIMIT_NOFILE is reached")
          : HolderRequests.refused(HolderRefusal.MALFORMED, "the message is too long");
    }
    HolderMessage request;
    try {
      request = HolderMessage.decode(message.bytes());
    } catch (HolderMessage.Malformed malformed) {
      message.closeDescriptors(syscalls);
      return HolderRequests.refused(malformed.refusal(), malformed.getMessage());
    }
    return switch (request.verb()) {
      case TAKE_OVER, TAKE_PART, COMMIT -> {
        message.closeDescriptors(syscalls);
        yield succeed(client, request);
      }
      default -> requests.handle(client, request, fds.length == 0 ? -1 : fds[0]);
    };
  }

  private HolderRequests.Reply succeed(HolderClient client, HolderMessage request) {
    if (request.verb() == HolderVerb.TAKE_OVER && client.session() == null) {
      succession = new HolderSuccession(client, listener, state);
      return new HolderRequests.Reply(HolderMessage.of(HolderVerb.OK, succession.count()));
    }
    if (succession == null || succession.successor() != client) {
      return HolderRequests.refused(HolderRefusal.OUT_OF_ORDER, "TAKE_OVER comes first");
    }
    if (request.verb() == HolderVerb.TAKE_PART) {
      return succession.part(request.number());
    }
    if (!succession.isComplete()) {
      return HolderRequests.refused(HolderRefusal.OUT_OF_ORDER, "not every part was taken");
    }
    handedOver = true;
    return new HolderRequests.Reply(HolderMessage.of(HolderVerb.OK, succession.count()));
  }

  /** Closes everything it keeps; what its successor has is not touched. */
  @Override
  public void close() {
    if (listener.isOpen()) {
      state.closeAll();
      listener.close();
      if (!handedOver) {
        syscalls.unlink(path);
      }
    }
  }
}
