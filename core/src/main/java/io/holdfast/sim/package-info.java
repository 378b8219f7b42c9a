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
 * <p>That it answers as the kernel does is tried with random programs on both (the tests' package
 * {@code differential}). What differs on purpose:
 *
 * <ul>
 *   <li>A memfd's page gets its frame when it is pinned, preserved or written through a descriptor,
 *       not when memory is touched: what a mapping does to memory is not seen.
 *   <li>A memfd has 1 TiB at most (EFBIG), so that its frames fit a table.
 *   <li>There is no trap on an access to memory. So a model's registers either are reached by
 *       reading and writing the descriptor, and cannot be mapped (no VFIO_REGION_INFO_FLAG_MMAP,
 *       mmap fails with EINVAL); or the device looks at them now and then ({@link
 *       io.holdfast.sim.BarMapping}). {@code io.holdfast.DeviceRegion} hides the difference.
 *   <li>The time of day has no part in what a device does. A transfer by DMA is over when the
 *       register write that started it returns, so reading an eventfd never blocks. A model that
 *       takes its time ({@link io.holdfast.sim.NvmeDevice#setLatency}) goes on as the machine's
 *       clock turns: when a test turns it ({@link io.holdfast.sim.SimulatedKernel#turn}), when a
 *       process waits in {@code poll(2)}, and when its registers are accessed. An interrupt that a
 *       driver masks is not held back.
 *   <li>MSI-X is as Linux has it for QEMU's nvme: vectors are made as they are given eventfds
 *       (VFIO_IRQ_INFO_NORESIZE is not set), the table in the BAR reads as ones.
 *   <li>Attaching by PASID, fault queues, vIOMMUs, dirty tracking, IOMMU_VFIO_IOAS and legacy
 *       containers of groups behind an IOMMU are refused: Holdfast has no use for them.
 *   <li>A mapping of several pages that ends at IOVA 2^64 always goes; in Linux 7.3 it is EINVAL
 *       unless the pages are contiguous.
 *   <li>Unix sockets keep messages apart (SOCK_SEQPACKET, SOCK_DGRAM); SOCK_STREAM is
 *       ESOCKTNOSUPPORT, they are not read with {@code read(2)}, and no credentials can be sent. A
 *       socket that is under way to itself is not found and freed.
 *   <li>Directories and the nodes of sockets can be made below /run and /tmp, and nothing else.
 *   <li>Standard input, output and error are not there.
 *   <li>{@code execve} answers ENOSYS, since the process is this JVM and cannot be replaced without
 *       it; unless the process is told to execute programs, whose code the test then runs itself.
 * </ul>
 */
package io.holdfast.sim;
