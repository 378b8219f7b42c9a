package io.holdfast.sim;

import java.lang.foreign.MemorySegment;

/** What a simulated device sees of its machine. */
public interface DeviceBus {
  /**
   * The device's own memory: survives a kexec and the death of the process, zeroed when power comes
   * on.
   */
  MemorySegment state();

  /** What the device keeps even without power; zeroed when the machine is made. */
  MemorySegment storage();

  /**
   * Reads memory by DMA, by physical address (by IOVA where there is an IOMMU). Answers whether all
   * of it was read; what was not is left as it is.
   */
  boolean dmaRead(long address, MemorySegment target);

  /** Writes memory by DMA; answers whether all of it was written. */
  boolean dmaWrite(long address, MemorySegment source);

  /**
   * Raises the device's interrupt, which signals the eventfd its driver has set, if any; a message
   * only while the device is a bus master.
   */
  void interrupt();

  /**
   * Raises one of the device's MSI-X interrupts, if its driver has switched MSI-X on and the device
   * is a bus master; else, where its driver uses the line, that.
   */
  void interrupt(int vector);
}
