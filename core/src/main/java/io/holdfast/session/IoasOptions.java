package io.holdfast.session;

import io.holdfast.model.IovaWindow;
import java.util.ArrayList;
import java.util.List;

/**
 * What an I/O address space is made with. Immutable.
 *
 * @param allowedIovas the windows that the kernel chooses IOVAs from, apart from each other; none
 *     for everything that the devices leave. An IOVA that a buffer asks for by {@link
 *     MapOptions#at} is not limited by them
 */
public record IoasOptions(List<IovaWindow> allowedIovas) {
  public IoasOptions {
    allowedIovas = List.copyOf(allowedIovas);
    for (int i = 0; i < allowedIovas.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (allowedIovas.get(i).overlaps(allowedIovas.get(j))) {
          throw new IllegalArgumentException(
              "two windows of allowed IOVAs share addresses: %s and %s"
                  .formatted(allowedIovas.get(j), allowedIovas.get(i)));
        }
      }
    }
  }

  /** Whether both have the kernel choose from the same IOVAs, in windows of the same order. */
  public boolean isSameAs(IoasOptions other) {
    if (allowedIovas.size() != other.allowedIovas.size()) {
      return false;
    }
    for (int i = 0; i < allowedIovas.size(); i++) {
      if (!allowedIovas.get(i).isSameAs(other.allowedIovas.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** IOVAs as the kernel chooses them. */
  public static IoasOptions defaults() {
    return new IoasOptions(List.of());
  }

  /**
   * With one more window to choose IOVAs from: for a device that has registers for 32 bits of an
   * address, say, {@code new IovaWindow(0x1000, 0xffff_ffffL)}.
   */
  public IoasOptions allowing(IovaWindow window) {
    List<IovaWindow> windows = new ArrayList<>(allowedIovas);
    windows.add(window);
    return new IoasOptions(windows);
  }
}
