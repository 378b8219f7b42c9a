package io.holdfast.store;

import io.holdfast.linux.KernelErrors;
import io.holdfast.linux.UnixSocket;
import io.holdfast.model.KernelException;
import io.holdfast.sys.Errno;
import io.holdfast.sys.Syscalls;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What a service tells systemd, over the socket that NOTIFY_SOCKET names: a path, or with a
 * leading @ an abstract name. Mirrors {@code sd_notify(3)}. Thread-safe.
 */
public final class SystemdNotify {
  /** How long systemd may take to read what it is sent before that is an error. */
  private static final long PATIENCE_MILLIS = 10_000;

  private final Syscalls syscalls;
  private final String address;

  private SystemdNotify(Syscalls syscalls, String address) {
    this.syscalls = syscalls;
    this.address = address;
  }

  /**
   * The service manager of an environment; empty where there is none, or none over a Unix socket.
   */
  public static Optional<SystemdNotify> of(Syscalls syscalls, Map<String, String> environment) {
    String address = environment.getOrDefault("NOTIFY_SOCKET", "");
    boolean usable =
        (address.startsWith("/") || address.startsWith("@"))
            && address.length() > 1
            && address.getBytes(StandardCharsets.UTF_8).length <= UnixSocket.MAX_ADDRESS_BYTES;
    return usable ? Optional.of(new SystemdNotify(syscalls, address)) : Optional.empty();
  }

  /**
   * Says that the service is up, whoever keeps its descriptors.
   *
   * @throws StoreException it cannot be told
   */
  public void ready() {
    send("READY=1");
  }

  /**
   * Has systemd keep a copy of a descriptor. It is not watched for hang-ups (FDPOLL=0): a device
   * that reports an error must stay where it is.
   */
  void store(String name, int fd) {
    send("FDSTORE=1\nFDNAME=" + name + "\nFDPOLL=0", fd);
  }

  /** Has systemd let go of every descriptor of a name. */
  void remove(String name) {
    send("FDSTOREREMOVE=1\nFDNAME=" + name);
  }

  /** Returns when systemd has dealt with everything it was told before: BARRIER=1. */
  void barrier() {
    UnixSocket[] pair = UnixSocket.pair(syscalls, "systemd's barrier");
    try (UnixSocket mine = pair[0]) {
      try (UnixSocket theirs = pair[1]) {
        send("BARRIER=1", theirs.number());
      }
      if (!mine.await(PATIENCE_MILLIS)) {
        throw unanswered("BARRIER=1");
      }
    }
  }

  private void send(String message, int... fds) {
    try (UnixSocket socket = UnixSocket.datagram(syscalls, "to " + address)) {
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      long sent = socket.trySendTo(address, bytes, fds);
      long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
      while ((sent == -Errno.EAGAIN || sent == -Errno.EINTR) && System.nanoTime() < end) {
        pause();
        sent = socket.trySendTo(address, bytes, fds);
      }
      if (sent == -Errno.EAGAIN) {
        throw unanswered(firstLine(message));
      }
      if (sent < 0) {
        KernelException cause = KernelErrors.of("sendmsg", sent, "NOTIFY_SOCKET " + address);
        throw new StoreException(
            "systemd could not be told " + firstLine(message) + ": " + cause.problem(),
            "leave NOTIFY_SOCKET as systemd sets it, and give the unit NotifyAccess=main",
            cause);
      }
    }
  }

  /** An unconnected datagram socket cannot be polled for room at another's end. */
  private static void pause() {
    try {
      Thread.sleep(5);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted while systemd was busy", "try again", interrupted);
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private static StoreException unanswered(String what) {
    return new StoreException(
        "systemd has not dealt with %s in %d s".formatted(what, PATIENCE_MILLIS / 1000),
        "see systemctl status and the journal of process 1");
  }
}
