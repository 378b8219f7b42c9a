package io.holdfast.sim;

import io.holdfast.model.PciAddress;

/**
 * A device reached for memory that is not its driver's; the access was recorded here and not
 * performed.
 *
 * @param device which device
 * @param physicalAddress the first byte it must not touch
 * @param lengthBytes how many bytes of that page it wanted
 * @param write whether it wanted to write
 * @param owner whose the frame is, in words
 * @param reason why the access is not allowed, in words
 * @param generation in which boot of the machine
 */
public record DmaViolation(
    PciAddress device,
    long physicalAddress,
    long lengthBytes,
    boolean write,
    String owner,
    String reason,
    long generation) {
  /** {@code 0000:00:04.0 would write 2048 bytes at 0x1f3000, which is …}. */
  @Override
  public String toString() {
    return "%s would %s %d bytes at 0x%x, which is %s: %s"
        .formatted(device, write ? "write" : "read", lengthBytes, physicalAddress, owner, reason);
  }
}
