package io.holdfast.session;

/** The stages of a restore, in their order. */
public enum Stage {
  /** The manifest and the preserved memfds are taken out of the live update session. */
  RETRIEVE,
  /** Devices are bound to an iommufd and attached to their IOASes, bus mastering off. */
  ATTACH,
  /** Memory is mapped at the recorded IOVAs, which pins it. */
  MAP,
  /** Every physical extent is compared with the recorded one. */
  VERIFY,
  /** What was restored is recorded in a fresh journal and given to the driver. */
  HAND_OVER,
  /** The kernel is told that the session is complete. */
  FINISH
}
