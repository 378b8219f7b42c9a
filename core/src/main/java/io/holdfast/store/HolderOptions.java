package io.holdfast.store;

import java.util.Objects;

/**
 * How a holder is started.
 *
 * @param path of its socket; the folder it is in is made with mode 0700 if it is not there
 * @param maxDescriptors how many descriptors it keeps at most, of all sessions together
 */
public record HolderOptions(String path, int maxDescriptors) {
  /** Enough for thirty devices' worth of memfds; each costs the kernel well under a kilobyte. */
  public static final int DEFAULT_MAX_DESCRIPTORS = 16_384;

  private static final int MOST_DESCRIPTORS = 1_000_000;

  public HolderOptions {
    Objects.requireNonNull(path, "path");
    if (!path.startsWith("/") || path.indexOf('/', 1) < 0) {
      throw new IllegalArgumentException("not the path of a socket in a directory: " + path);
    }
    if (maxDescriptors < 1 || maxDescriptors > MOST_DESCRIPTORS) {
      throw new IllegalArgumentException(
          "a holder keeps 1 to " + MOST_DESCRIPTORS + " descriptors, not " + maxDescriptors);
    }
  }

  /** The usual ones. */
  public static HolderOptions at(String path) {
    return new HolderOptions(path, DEFAULT_MAX_DESCRIPTORS);
  }
}
