package io.holdfast.store;

import java.util.ArrayList;
import java.util.List;

/** A session that a holder keeps descriptors of. Used by the holder's thread only. */
final class KeptSession {
  /** A descriptor by its number in the holder. */
  record Kept(String name, int fd) {}

  private final String name;
  private final int uid;
  private final List<Kept> descriptors = new ArrayList<>();
  private HolderClient client;

  KeptSession(String name, int uid) {
    this.name = name;
    this.uid = uid;
  }

  String name() {
    return name;
  }

  int uid() {
    return uid;
  }

  List<Kept> descriptors() {
    return descriptors;
  }

  /** The connection that has it open; null if none has. */
  HolderClient client() {
    return client;
  }

  void client(HolderClient opener) {
    client = opener;
  }

  HeldSession describe() {
    return new HeldSession(name, uid, descriptors.size(), client == null ? 0 : client.peer().pid());
  }
}
