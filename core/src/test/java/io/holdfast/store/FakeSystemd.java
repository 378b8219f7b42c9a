package io.holdfast.store;

import io.holdfast.linux.LuoSession;
import io.holdfast.linux.Poller;
import io.holdfast.linux.UnixMessage;
import io.holdfast.linux.UnixSocket;
import io.holdfast.sim.SimulatedProcess;
import io.holdfast.uapi.SocketUapi;
import io.holdfast.uapi.UnUapi.sockaddr_un;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What systemd does with a service's notifications, as far as descriptors go: stores them, gives
 * them to the service's next process from 3 on, drops what is too many.
 */
public final class FakeSystemd implements AutoCloseable {
  static final String ADDRESS = "@org.freedesktop.systemd1.notify/fake";

  private final SimulatedProcess process;
  private final int socketFd;
  private final int most;
  private final Thread thread;
  final List<String> told = new CopyOnWriteArrayList<>();
  private final List<StoredDescriptor> stored = new ArrayList<>();
  private volatile boolean deaf;
  private volatile boolean stopped;

  public FakeSystemd(SimulatedProcess process, int most) {
    this.process = process;
    this.most = most;
    socketFd =
        process.socket(SocketUapi.AF_UNIX, SocketUapi.SOCK_DGRAM | SocketUapi.SOCK_NONBLOCK, 0);
    try (Arena arena = Arena.ofConfined()) {
      byte[] name = ADDRESS.substring(1).getBytes(StandardCharsets.US_ASCII);
      MemorySegment address = arena.allocate(3 + name.length);
      sockaddr_un.sun_family.set(address, SocketUapi.AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 3, name.length);
      if (process.bind(socketFd, address) != 0) {
        throw new AssertionError("cannot bind");
      }
    }
    thread = Thread.ofPlatform().daemon().start(this::run);
  }

  private void run() {
    UnixSocket socket = new UnixSocket(process, socketFd, "systemd");
    while (!stopped) {
      if (deaf || Poller.await(process, List.of(socket), 50).isEmpty()) {
        continue;
      }
      UnixMessage message = socket.receive(4096, 16);
      if (message.answer() >= 0) {
        handle(new String(message.bytes(), StandardCharsets.UTF_8), message);
      }
    }
  }

  private synchronized void handle(String text, UnixMessage message) {
    told.add(text);
    String name = text.lines().filter(it -> it.startsWith("FDNAME=")).findFirst().orElse("FDNAME=");
    name = name.substring("FDNAME=".length());
    if (text.startsWith("FDSTORE=1\n") && stored.size() < most) {
      for (int fd : message.fds()) {
        stored.add(new StoredDescriptor(name, fd));
      }
      return;
    }
    if (text.startsWith("FDSTOREREMOVE=1\n")) {
      String gone = name;
      stored.stream()
          .filter(each -> each.name().equals(gone))
          .forEach(each -> process.close(each.fd()));
      stored.removeIf(each -> each.name().equals(gone));
    }
    message.closeDescriptors(process);
  }

  public synchronized List<String> names() {
    return stored.stream().map(StoredDescriptor::name).toList();
  }

  /** Stores a live update session for the service, as it does before the start of its unit. */
  public synchronized void give(String name, LuoSession session) {
    stored.add(new StoredDescriptor(name, session.acquire()));
  }

  /** Its own number of what it stores under a name. */
  public synchronized int find(String name) {
    return stored.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow().fd();
  }

  void beDeaf(boolean on) {
    deaf = on;
  }

  /** The environment of a service that is started now, whose process gets what is stored. */
  public synchronized Map<String, String> start(SimulatedProcess service) {
    Map<String, String> environment = new HashMap<>();
    environment.put("NOTIFY_SOCKET", ADDRESS);
    environment.put("FDSTORE", Integer.toString(most));
    if (!stored.isEmpty()) {
      stored.forEach(each -> process.sendDescriptor(each.fd(), service));
      environment.put("LISTEN_PID", Integer.toString(service.getpid()));
      environment.put("LISTEN_FDS", Integer.toString(stored.size()));
      environment.put("LISTEN_FDNAMES", String.join(":", names()));
    }
    return environment;
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
