package io.holdfast.store;

import io.holdfast.session.StoreReport;
import java.util.List;

/**
 * Keeps a session's descriptors alive after the driver's process.
 *
 * <p>A store keeps a copy of each descriptor that it is given, until it is told to remove it. When
 * the driver has died, the next one is offered all of them; what it adopts stays with the store as
 * well, so that this driver may die too. Nothing here decides what a descriptor is: names are for
 * people and prove nothing.
 *
 * <p>Names have 1 to 255 printable ASCII characters other than the colon ({@link #checkName}).
 * Several descriptors may have one name. Thread-safe. Methods throw {@link StoreException} where
 * the store refuses or is gone.
 */
public interface DescriptorStore extends AutoCloseable {
  /** Which store it is, and what that means. */
  StoreReport report();

  /**
   * What the store has for this session and nobody in this process has adopted. Nothing may depend
   * on the order: systemd passes the newest first, and the oldest once it was executed anew. The
   * numbers are open until {@link #close}.
   */
  List<StoredDescriptor> offered();

  /** Makes an offered descriptor the caller's, who closes it; nobody is offered it again. */
  void adopt(StoredDescriptor offered);

  /**
   * Says that what was adopted is in use, and closes this process's copies of what was not adopted
   * and belongs to this session alone. A process that dies before it says so has cost nothing.
   */
  void acknowledge();

  /** Keeps a copy of a descriptor; on return it is safe from the death of this process. */
  void put(String name, int fd);

  /** Lets go of every descriptor kept under a name; none is fine. */
  void remove(String name);

  /** Ends this process's connection to the store, and closes what was offered and not adopted. */
  @Override
  void close();

  /**
   * The rule for names, which is systemd's.
   *
   * @throws IllegalArgumentException if it is not one
   */
  static String checkName(String name) {
    if (!DescriptorNames.isValid(name)) {
      throw new IllegalArgumentException(
          "not a name for a descriptor: it needs 1 to "
              + DescriptorNames.MAX_LENGTH
              + " printable ASCII characters, none of them a colon");
    }
    return name;
  }
}
