package io.holdfast.session;

/**
 * Is told what becomes of a session, so that each part of a driver can stop and go on at the right
 * time, whoever asked for it.
 *
 * <p>Called on the thread that asked, without the session's lock: a listener may use the session.
 * Every method does nothing unless it is overridden.
 */
public interface LifecycleListener {
  /**
   * The session is about to be preserved: stop the device, switch its interrupts off, save what the
   * next life has to know. Called in the order in which listeners were added. What is thrown ends
   * the preserving, and those that were told before are told {@link #afterCancel}.
   */
  default void beforePreserve() {}

  /**
   * The session is not preserved after all, since that failed or was taken back: go on. Called in
   * the reverse order, and all of them whatever one throws.
   */
  default void afterCancel() {}

  /**
   * This process is about to leave the session to its store. Called in the reverse order. What is
   * thrown ends the leaving, and the session is as it was.
   */
  default void beforeLeave() {}
}
