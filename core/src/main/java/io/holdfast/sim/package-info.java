/**
 * A simulated machine that answers system calls as Linux 7.3 does, for tests and for trying
 * Holdfast without hardware.
 *
 * <p>{@link io.holdfast.sim.SimulatedKernel} is the machine, {@link
 * io.holdfast.sim.SimulatedProcess} a process on it, behind the same {@link
 * io.holdfast.sys.Syscalls} that the real kernel stands behind. Requests are decoded from the same
 * structs ({@code io.holdfast.uapi}). Physical memory is a table of page frames; devices do DMA by
 * physical address, and a device that reaches for a frame its driver has not pinned is caught.
 *
 * <p>What differs from the real kernel on purpose: a memfd's page gets its frame when it is pinned,
 * preserved or written through a descriptor, not when memory is touched; a device's registers are
 * reached by reading and writing the descriptor, and cannot be mapped (no
 * VFIO_REGION_INFO_FLAG_MMAP); a transfer by DMA is over when the register write that started it
 * returns; PASIDs, fault queues, vIOMMUs and the requests of legacy VFIO groups are refused; {@code
 * execve} answers ENOSYS.
 */
package io.holdfast.sim;
