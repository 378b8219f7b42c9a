package io.holdfast.store;

/**
 * A part of a holder's state, as its successor takes it over; sessions come before what refers to
 * them.
 *
 * @param kind what it is
 * @param session which session it belongs to, by the place among sessions; -1 for none
 * @param uid the session's user, or the client's
 * @param pid the client's process
 * @param name the session's name, or the descriptor's
 */
record HolderPart(Kind kind, int session, int uid, int pid, String name) {
  enum Kind {
    /** The listening socket; with a descriptor. */
    LISTENER,
    /** A session; without one. */
    SESSION,
    /** A descriptor that is kept. */
    DESCRIPTOR,
    /** The connection of a client; its socket comes with it. */
    CLIENT
  }

  String encode() {
    return kind + " " + session + " " + Integer.toUnsignedString(uid) + " " + pid + " " + name;
  }

  static HolderPart decode(String text) throws HolderMessage.Malformed {
    String[] parts = text.split(" ", 5);
    try {
      return new HolderPart(
          Kind.valueOf(parts[0]),
          Integer.parseInt(parts[1]),
          Integer.parseUnsignedInt(parts[2]),
          Integer.parseInt(parts[3]),
          parts[4]);
    } catch (IndexOutOfBoundsException | IllegalArgumentException notOne) {
      throw new HolderMessage.Malformed(HolderRefusal.MALFORMED, "not a part: " + text);
    }
  }
}
