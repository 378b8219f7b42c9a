package io.holdfast.sim;

import io.holdfast.model.PciAddress;

/**
 * An access of a device to memory that was its driver's: at most one page of a transfer.
 *
 * @param device where the device sits
 * @param address the address it used: physical, or an IOVA behind an IOMMU
 * @param lengthBytes how many bytes
 * @param toMemory whether it wrote memory; else it read it
 * @param generation how many kernels the machine had booted
 */
public record DmaTransfer(
    PciAddress device, long address, long lengthBytes, boolean toMemory, long generation) {}
