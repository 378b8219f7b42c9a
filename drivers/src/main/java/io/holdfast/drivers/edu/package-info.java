/**
 * The smallest drivers there are, to start from: for QEMU's teaching device {@code edu}
 * (1234:11e8), which copies bytes between memory and a buffer of its own.
 *
 * <p>{@link io.holdfast.drivers.edu.EduDriver} is the device: registers, and a transfer that is
 * waited for. {@link io.holdfast.drivers.edu.CopyEngine} is a whole driver over it, with a session,
 * buffers and a live update; it is the example of the README. They use Holdfast's public interface
 * only.
 */
package io.holdfast.drivers.edu;
