package io.holdfast.store;

import io.holdfast.linux.UnixSocket;

/** A connection to the holder, as the holder sees it. Used by the holder's thread only. */
final class HolderClient {
  private final UnixSocket socket;
  private final UnixSocket.Peer peer;
  private KeptSession session;
  private int given;
  private boolean acknowledged;
  private long heardNanos = System.nanoTime();

  HolderClient(UnixSocket socket, UnixSocket.Peer peer) {
    this.socket = socket;
    this.peer = peer;
  }

  UnixSocket socket() {
    return socket;
  }

  UnixSocket.Peer peer() {
    return peer;
  }

  /** The session it has open; null if none. */
  KeptSession session() {
    return session;
  }

  void session(KeptSession opened) {
    session = opened;
    given = 0;
    acknowledged = opened != null && opened.descriptors().isEmpty();
  }

  /** Which descriptors it was given so far: those before this place. */
  int given() {
    return given;
  }

  void gave(int place) {
    given = Math.max(given, place + 1);
  }

  /** Whether it has everything that was kept when it opened its session, and has said so. */
  boolean hasAcknowledged() {
    return acknowledged;
  }

  void acknowledge() {
    acknowledged = true;
  }

  void heard() {
    heardNanos = System.nanoTime();
  }

  long heardNanos() {
    return heardNanos;
  }
}
