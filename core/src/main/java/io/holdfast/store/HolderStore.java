package io.holdfast.store;

import io.holdfast.session.StoreReport;
import io.holdfast.sys.Syscalls;
import io.holdfast.sys.Undo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A holder as a store: its session is open to this process for as long as the connection is.
 *
 * <p>On opening, everything that is kept is received; the holder keeps its own copies. A process
 * that dies at any moment costs nothing. Thread-safe.
 */
final class HolderStore implements DescriptorStore {
  /** A driver that was killed a moment ago may still be closing what it had. */
  private static final long BUSY_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long BUSY_PAUSE_MILLIS = 20;

  private final Syscalls syscalls;
  private final String reason;
  private final HolderConnection connection;
  private final int count;
  private final List<StoredDescriptor> offered = new ArrayList<>();
  private boolean acknowledged;

  private HolderStore(Syscalls syscalls, String reason, HolderConnection connection, int count) {
    this.syscalls = syscalls;
    this.reason = reason;
    this.connection = connection;
    this.count = count;
    this.acknowledged = count == 0;
  }

  /**
   * Opens a session at the holder at a path.
   *
   * @throws StoreException there is no holder, it is another user's, another process has the
   *     session open, or what is kept did not all arrive
   */
  static HolderStore open(Syscalls syscalls, String path, String session, String reason) {
    try (Undo undo = new Undo()) {
      HolderConnection connection = undo.closes(HolderConnection.open(syscalls, path));
      connection.requireTrusted();
      HolderStore store =
          new HolderStore(syscalls, reason, connection, openSession(connection, session));
      undo.with(store::closeOffered);
      store.receiveAll();
      undo.forget();
      return store;
    }
  }

  private static int openSession(HolderConnection connection, String session) {
    long end = System.nanoTime() + BUSY_PATIENCE_NANOS;
    HolderMessage open = HolderMessage.of(HolderVerb.OPEN, 0, session);
    while (true) {
      try {
        return connection.ask(open, HolderVerb.OK).message().number();
      } catch (HolderConnection.Refused refused) {
        if (refused.why() != HolderRefusal.BUSY || System.nanoTime() > end) {
          throw connection.refused("open session \"" + session + "\"", refused);
        }
      }
      try {
        Thread.sleep(BUSY_PAUSE_MILLIS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new StoreException("interrupted while the session was busy", "", interrupted);
      }
    }
  }

  private void receiveAll() {
    for (int i = 0; i < count; i++) {
      HolderConnection.Answer answer;
      try {
        answer = connection.ask(HolderMessage.of(HolderVerb.GIVE, i), HolderVerb.GIVEN);
      } catch (HolderConnection.Refused refused) {
        throw connection.refused("give descriptor " + i, refused);
      }
      if (answer.fd() < 0) {
        throw new StoreException(
            "descriptor %d kept at %s did not come".formatted(i, connection.path()),
            "nothing is lost; try again");
      }
      offered.add(new StoredDescriptor(name(answer), answer.fd()));
    }
  }

  private String name(HolderConnection.Answer answer) {
    try {
      return answer.message().text();
    } catch (HolderMessage.Malformed malformed) {
      syscalls.close(answer.fd());
      throw new StoreException(
          "a name kept at %s cannot be read".formatted(connection.path()), "", malformed);
    }
  }

  @Override
  public StoreReport report() {
    return new StoreReport(
        StoreReport.Kind.HOLDER,
        reason,
        ("The session's descriptors live through the end of this process as long as the holder,"
                + " process %d, lives; before a kexec that one must stay alive")
            .formatted(connection.isOpen() ? connection.holderPid() : 0));
  }

  @Override
  public synchronized List<StoredDescriptor> offered() {
    return List.copyOf(offered);
  }

  @Override
  public synchronized void adopt(StoredDescriptor adopted) {
    if (!offered.remove(adopted)) {
      throw new IllegalArgumentException("descriptor " + adopted.fd() + " was not offered");
    }
  }

  @Override
  public synchronized void acknowledge() {
    if (!acknowledged) {
      ask(HolderMessage.of(HolderVerb.ACKNOWLEDGE, count), "hear that all is in use");
      acknowledged = true;
    }
    closeOffered();
  }

  private int ask(HolderMessage request, String what, int... fds) {
    try {
      return connection.ask(request, HolderVerb.OK, fds).message().number();
    } catch (HolderConnection.Refused refused) {
      throw connection.refused(what, refused);
    }
  }

  @Override
  public void put(String name, int fd) {
    ask(
        HolderMessage.of(HolderVerb.PUT, 0, DescriptorStore.checkName(name)),
        "keep \"" + name + "\"",
        fd);
  }

  @Override
  public void remove(String name) {
    ask(
        HolderMessage.of(HolderVerb.REMOVE, 0, DescriptorStore.checkName(name)),
        "let go of \"" + name + "\"");
  }

  private synchronized void closeOffered() {
    offered.forEach(each -> syscalls.close(each.fd()));
    offered.clear();
  }

  @Override
  public void close() {
    closeOffered();
    connection.close();
  }
}
