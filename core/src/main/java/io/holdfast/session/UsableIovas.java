package io.holdfast.session;

import io.holdfast.model.IovaWindow;
import java.util.ArrayList;
import java.util.List;

/**
 * The IOVAs that an address space can map with the devices attached to it now. Immutable.
 *
 * @param windows ascending, apart from each other
 * @param alignmentBytes what every IOVA and length has to be a multiple of; 1 while no device is
 *     attached
 */
public record UsableIovas(List<IovaWindow> windows, long alignmentBytes) {
  public UsableIovas {
    windows = List.copyOf(windows);
  }

  /**
   * What lies between the windows: IOVAs that a device or the IOMMU reserves, such as the window of
   * messages (MSI). Without an IOMMU there are none.
   */
  public List<IovaWindow> reserved() {
    List<IovaWindow> holes = new ArrayList<>();
    long next = 0;
    for (IovaWindow window : windows) {
      if (Long.compareUnsigned(next + 1, window.first()) < 0) {
        holes.add(new IovaWindow(next, window.first() - 1));
      }
      next = window.last() + 1;
    }
    if (!windows.isEmpty() && next != 0 && next != -1L) {
      holes.add(new IovaWindow(next, -1L));
    }
    return holes;
  }
}
