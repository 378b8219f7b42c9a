package io.holdfast.session;

/** The stages of a restore, in their order. */
public enum Stage {
  /** Devices are bound to an iommufd and attached to their IOASes, bus mastering off. */
  ATTACH,
  /**
   * The preserved memfds are taken out of the live update session, each mapped before the next is
   * taken.
   */
  RETRIEVE,
  /** Memory is mapped at the recorded IOVAs, which pins it. */
  MAP,
  /** Every physical extent is compared with the recorded one. */
  VERIFY,
  /** What was restored is recorded in a fresh journal and given to the driver. */
  HAND_OVER,
  /** The kernel is told that the session is complete. */
  FINISH
}
