package io.holdfast.store;

import java.util.Arrays;
import java.util.Optional;

/** What a message between a client and the holder is; see {@link HolderMessage}. */
enum HolderVerb {
  /** Client: payload is a session's name; this connection is to have it. Reply OK, how many. */
  OPEN(1),
  /** Client: payload is a name, with one descriptor to keep. Reply OK, how many there are now. */
  PUT(2),
  /** Client: number is which. Reply GIVEN. */
  GIVE(3),
  /** Client: number is how many were given, which must be all; they are in use. Reply OK. */
  ACKNOWLEDGE(4),
  /** Client: payload is a name; let go of what is kept under it. Reply OK, how many there were. */
  REMOVE(5),
  /** Client: number is which of the sessions kept. Reply SESSION. */
  LIST(6),
  /**
   * Client: payload is the name of a session nobody has open; let go of all. Reply OK, how many.
   */
  DISCARD(7),
  /** Successor: hold still, and say how many parts there are to take over. Reply OK. */
  TAKE_OVER(8),
  /** Successor: number is which part. Reply PART. */
  TAKE_PART(9),
  /** Successor: it has every part; the holder ends. Reply OK. */
  COMMIT(10),

  /** Holder: done; number as the request says. */
  OK(0x80),
  /** Holder: payload is the name of the descriptor that comes with it, number is which. */
  GIVEN(0x81),
  /** Holder: payload is a {@link HeldSession}. */
  SESSION(0x82),
  /** Holder: payload is a {@link HolderPart}, with its descriptor if it has one. */
  PART(0x83),
  /** Holder: not done; number is a {@link HolderRefusal}'s, payload says it in words. */
  REFUSED(0xff);

  private final int code;

  HolderVerb(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static Optional<HolderVerb> of(int code) {
    return Arrays.stream(values()).filter(verb -> verb.code == code).findFirst();
  }
}
