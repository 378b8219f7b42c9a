package io.holdfast.store;

import java.util.Arrays;

/** Why a holder does not do what it was asked. */
enum HolderRefusal {
  /** The message is none of the protocol's. */
  MALFORMED(1),
  /** The user at the other end may not do that. */
  NOT_ALLOWED(2),
  /** Another process has the session open. */
  BUSY(3),
  /** There is no such session, descriptor or part. */
  NO_SUCH(4),
  /** It would be more than the holder may keep. */
  FULL(5),
  /** The descriptor is one that cannot be kept. */
  NOT_KEPT(6),
  /** The request does not fit what was asked before it. */
  OUT_OF_ORDER(7),
  /** Only the other version of the protocol is spoken here. */
  OTHER_VERSION(8),
  /** A reason that this version does not know. */
  UNKNOWN(0);

  private final int code;

  HolderRefusal(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static HolderRefusal of(int code) {
    return Arrays.stream(values()).filter(each -> each.code == code).findFirst().orElse(UNKNOWN);
  }
}
