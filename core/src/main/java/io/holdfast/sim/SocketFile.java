package io.holdfast.sim;

import static io.holdfast.uapi.SocketUapi.SHUT_RD;
import static io.holdfast.uapi.SocketUapi.SHUT_RDWR;
import static io.holdfast.uapi.SocketUapi.SHUT_WR;
import static io.holdfast.uapi.SocketUapi.SOCK_SEQPACKET;

import io.holdfast.sys.Errno;
import io.holdfast.uapi.FcntlUapi;
import io.holdfast.uapi.PollUapi;
import io.holdfast.uapi.StatUapi;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A Unix socket that keeps messages apart: SOCK_SEQPACKET or SOCK_DGRAM.
 *
 * <p>A message in a queue holds the files of the descriptors sent with it; they are let go when the
 * socket goes whose queue it is in, which is all that is left of a message whose receiver died.
 */
final class SocketFile extends OpenFile {
  /** {@code net.core.wmem_default}: what may be under way from one socket. */
  private static final long SEND_BUFFER_BYTES = 212_992;

  /** A message occupies more than its bytes: the kernel's bookkeeping, and rounding up. */
  private static final long MESSAGE_OVERHEAD_BYTES = 256;

  private static final long SHARED_INFO_BYTES = 320;
  private static final long SMALLEST_ALLOCATION_BYTES = 512;

  /** {@code net.unix.max_dgram_qlen}. */
  private static final int MOST_DATAGRAMS = 10;

  /** Who made a connection, as SO_PEERCRED tells. */
  record Peer(int pid, int uid) {}

  /** What one sendmsg has sent. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Message(SocketFile sender, byte[] bytes, List<OpenFile> files) {
    long accountedBytes() {
      long needed = Math.max(bytes.length + SHARED_INFO_BYTES, SMALLEST_ALLOCATION_BYTES);
      return Long.highestOneBit(2 * needed - 1) + MESSAGE_OVERHEAD_BYTES;
    }
  }

  private final Sockets sockets;
  private final int type;
  private boolean nonBlocking;
  private final long inode;
  private final Deque<Message> queue = new ArrayDeque<>();
  private final Deque<SocketFile> waiting = new ArrayDeque<>();
  private int mode = 0777;
  private int backlog = -1;
  private long underWayBytes;
  private boolean connected;
  private boolean receiveShut;
  private boolean sendShut;
  private boolean dead;
  private int error;
  private SocketFile other;
  private Peer self;
  private Peer peer;
  private SocketAddress address;

  SocketFile(Sockets sockets, int type, boolean nonBlocking, long inode) {
    this.sockets = sockets;
    this.type = type;
    this.nonBlocking = nonBlocking;
    this.inode = inode;
  }

  int type() {
    return type;
  }

  boolean isConnectionBased() {
    return type == SOCK_SEQPACKET;
  }

  void setNonBlocking(boolean on) {
    nonBlocking = on;
  }

  boolean isNonBlocking() {
    return nonBlocking;
  }

  boolean isListening() {
    return backlog >= 0 && !dead;
  }

  boolean isConnected() {
    return connected;
  }

  boolean isDead() {
    return dead;
  }

  SocketFile other() {
    return other;
  }

  Peer peer() {
    return peer;
  }

  SocketAddress address() {
    return address;
  }

  void bound(SocketAddress to) {
    address = to;
  }

  int mode() {
    return mode;
  }

  @Override
  void chmod(int permissions) {
    mode = permissions;
  }

  void listen(int connections, Peer by) {
    backlog = connections;
    self = by;
  }

  boolean hasRoomForConnection() {
    return waiting.size() <= backlog;
  }

  /** Connects a client to this listening socket: what {@link #accept} will return is made now. */
  void connectFrom(SocketFile client, Peer by, SocketFile accepted) {
    pair(client, accepted);
    accepted.peer = by;
    client.peer = self;
    waiting.add(accepted);
    sockets.changed();
  }

  static void pair(SocketFile one, SocketFile two) {
    one.other = two;
    two.other = one;
    one.connected = true;
    two.connected = true;
  }

  void pairedBy(Peer by) {
    peer = by;
  }

  /** Makes a datagram socket's default receiver. */
  void connectTo(SocketFile receiver) {
    other = receiver;
    connected = true;
  }

  SocketFile accept() {
    return waiting.poll();
  }

  int takeError() {
    int taken = error;
    error = 0;
    return taken;
  }

  boolean isReceiveShut() {
    return receiveShut;
  }

  boolean isSendShut() {
    return sendShut;
  }

  static void requireFits(long bytes) {
    if (bytes > SEND_BUFFER_BYTES - 32) {
      throw Failure.of(Errno.EMSGSIZE);
    }
  }

  boolean hasRoomToSend() {
    return underWayBytes < SEND_BUFFER_BYTES;
  }

  boolean isFullOfDatagrams() {
    return !isConnectionBased() && queue.size() > MOST_DATAGRAMS;
  }

  /** Takes a message, and holds its files. */
  void deliver(Message message) {
    message.files().forEach(OpenFile::hold);
    message.sender().underWayBytes += message.accountedBytes();
    queue.add(message);
    sockets.changed();
  }

  /** The next message; whoever takes it lets go of its files. */
  Message take() {
    Message message = queue.poll();
    if (message != null) {
      message.sender().underWayBytes -= message.accountedBytes();
      sockets.changed();
    }
    return message;
  }

  void shutdown(int how) {
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) {
      throw Failure.of(Errno.EINVAL);
    }
    receiveShut |= how != SHUT_WR;
    sendShut |= how != SHUT_RD;
    if (isConnectionBased() && other != null) {
      other.receiveShut |= sendShut;
      other.sendShut |= receiveShut;
    }
    sockets.changed();
  }

  @Override
  void release() {
    release(false);
  }

  private void release(boolean neverAccepted) {
    dead = true;
    boolean unread = !queue.isEmpty();
    for (Message message = take(); message != null; message = take()) {
      message.files().forEach(OpenFile::put);
    }
    waiting.forEach(accepted -> accepted.release(true));
    waiting.clear();
    if (address != null) {
      sockets.unbind(this);
    }
    if (isConnectionBased() && other != null && !other.dead) {
      other.receiveShut = true;
      other.sendShut = true;
      if (unread || neverAccepted) {
        other.error = Errno.ECONNRESET;
      }
    }
    sockets.changed();
  }

  @Override
  int poll() {
    int ready = error != 0 ? PollUapi.POLLERR : 0;
    if (receiveShut || !queue.isEmpty() || !waiting.isEmpty()) {
      ready |= PollUapi.POLLIN;
    }
    boolean closed = isConnectionBased() && !connected && !isListening();
    if ((receiveShut && sendShut) || closed) {
      ready |= PollUapi.POLLHUP;
    }
    boolean full = !isConnectionBased() && other != null && other.isFullOfDatagrams();
    if (!isListening() && underWayBytes * 4 <= SEND_BUFFER_BYTES && !full) {
      ready |= PollUapi.POLLOUT;
    }
    return ready;
  }

  @Override
  String describe() {
    return "socket:[" + inode + "]";
  }

  @Override
  int statusFlags() {
    return FcntlUapi.O_RDWR | (nonBlocking ? FcntlUapi.O_NONBLOCK : 0);
  }

  @Override
  long pread(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.ESPIPE);
  }

  @Override
  long pwrite(MemorySegment buffer, long offset) {
    throw Failure.of(Errno.ESPIPE);
  }

  @Override
  void stat(MemorySegment statx) {
    FileStatus.fill(statx, StatUapi.S_IFSOCK | mode, 1, inode, 0, 0);
  }
}
