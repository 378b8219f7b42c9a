package io.holdfast.session;

import io.holdfast.model.Policy;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a buffer is mapped, and where it has to lie. Immutable.
 *
 * @param iova where, or empty to let the kernel choose
 * @param deviceMayWrite whether the device may write it; it may always read it
 * @param policy what a restore does when the buffer cannot be brought back
 * @param transientMemory for memory of the process that may be lost in a live update
 * @param placement where it has to lie in physical memory
 */
public record MapOptions(
    OptionalLong iova,
    boolean deviceMayWrite,
    Policy policy,
    boolean transientMemory,
    Placement placement) {
  /** At an IOVA the kernel chooses, readable and writeable, required, anywhere in memory. */
  public static MapOptions defaults() {
    return new MapOptions(OptionalLong.empty(), true, Policy.REQUIRED, false, Placement.ANYWHERE);
  }

  /** At this IOVA, a multiple of the page size. */
  public MapOptions at(long fixedIova) {
    return new MapOptions(
        OptionalLong.of(fixedIova), deviceMayWrite, policy, transientMemory, placement);
  }

  /**
   * Not to be written by the device. Without an IOMMU nothing enforces it; it is recorded and
   * restored.
   */
  public MapOptions readOnlyForDevice() {
    return new MapOptions(iova, false, policy, transientMemory, placement);
  }

  /** To be left out of a restore, with a notice, if it cannot be brought back. */
  public MapOptions optional() {
    return new MapOptions(iova, deviceMayWrite, Policy.OPTIONAL, transientMemory, placement);
  }

  /**
   * Not to be preserved: for memory of the process, which a session otherwise refuses to preserve.
   */
  public MapOptions declaredTransient() {
    return new MapOptions(iova, deviceMayWrite, policy, true, placement);
  }

  /** In one piece of physical memory, so that a device can be told of it by one address. */
  public MapOptions contiguous() {
    return placed(
        new Placement(
            true,
            placement.alignmentBytes(),
            placement.belowAddress(),
            placement.boundaryBytes(),
            placement.numaNode()));
  }

  /** Its physical address a multiple of {@code bytes}, a power of two. */
  public MapOptions aligned(long bytes) {
    return placed(
        new Placement(
            placement.contiguous(),
            bytes,
            placement.belowAddress(),
            placement.boundaryBytes(),
            placement.numaNode()));
  }

  /**
   * All of it below a physical address: for a device with a DMA mask, say {@code below(1L << 32)}
   * for one of 32 bits. The kernel gives no way to ask for such memory, so that a host with much
   * more of it may have to refuse.
   */
  public MapOptions below(long physicalAddress) {
    return placed(
        new Placement(
            placement.contiguous(),
            placement.alignmentBytes(),
            physicalAddress,
            placement.boundaryBytes(),
            placement.numaNode()));
  }

  /** No run of it across a multiple of {@code bytes}, a power of two. */
  public MapOptions boundary(long bytes) {
    return placed(
        new Placement(
            placement.contiguous(),
            placement.alignmentBytes(),
            placement.belowAddress(),
            bytes,
            placement.numaNode()));
  }

  /**
   * Every page of it on a NUMA node, say on its device's ({@code VfioDevice.numaNode()}); recorded.
   * Memory of the session is taken from there, and each page is looked at; the driver's own memory,
   * and a buffer that came back, has to be there already. Refused on a kernel without CONFIG_NUMA,
   * for a node that is not there, and where the node has too little memory.
   *
   * @param node 0 to 1023
   */
  public MapOptions onNumaNode(int node) {
    return placed(
        new Placement(
            placement.contiguous(),
            placement.alignmentBytes(),
            placement.belowAddress(),
            placement.boundaryBytes(),
            OptionalInt.of(node)));
  }

  private MapOptions placed(Placement where) {
    return new MapOptions(iova, deviceMayWrite, policy, transientMemory, where);
  }
}
