package io.holdfast.store;

/**
 * A session as a holder tells of it.
 *
 * @param name the session's name
 * @param uid the user whose it is, unsigned
 * @param descriptors how many descriptors are kept
 * @param pid the process that has it open, 0 if none does
 */
public record HeldSession(String name, int uid, int descriptors, int pid) {
  String encode() {
    return Integer.toUnsignedString(uid) + " " + descriptors + " " + pid + " " + name;
  }

  static HeldSession decode(String text) throws HolderMessage.Malformed {
    String[] parts = text.split(" ", 4);
    try {
      return new HeldSession(
          parts[3],
          Integer.parseUnsignedInt(parts[0]),
          Integer.parseInt(parts[1]),
          Integer.parseInt(parts[2]));
    } catch (IndexOutOfBoundsException | NumberFormatException notOne) {
      throw new HolderMessage.Malformed(HolderRefusal.MALFORMED, "not a session: " + text);
    }
  }
}
