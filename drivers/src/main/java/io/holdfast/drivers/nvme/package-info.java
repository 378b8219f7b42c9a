/**
 * A driver for NVMe disks that lives on through the replacement of its kernel and of itself, with
 * commands in flight.
 *
 * <p>It uses Holdfast's public interface only, and is written to be read: start from it.
 *
 * <pre>{@code
 * LiveSession session = LiveSession.openOrRestore(host, "disk0", stateDirectory);
 * try (NvmeController disk =
 *     NvmeController.open(session, session.ioas("disk"), address, NvmeOptions.defaults())) {
 *   NvmeNamespace space = disk.namespace(1);
 *   space.write(0, buffer.slice(0, 4096)); // and wait for it
 *   NvmeQueue queue = disk.queue(0); // or many at once
 *   queue.read(space, 8, slice, tag);
 *   queue.poll((done, status) -> ...);
 * }
 * }</pre>
 *
 * <h2>How it is made</h2>
 *
 * <ul>
 *   <li>{@link io.holdfast.drivers.nvme.NvmeController} is the disk: it starts the controller, or
 *       takes it over, and resets it. {@link io.holdfast.drivers.nvme.NvmeNamespace} are its
 *       blocks. {@link io.holdfast.drivers.nvme.NvmeQueue} sends commands and tells what became of
 *       them.
 *   <li>{@code QueuePair} is a submission and a completion ring with the commands that are
 *       outstanding in them; the admin queue is one, too. {@code AdminCommands} are what it is used
 *       for, {@code Registers} the controller's.
 *   <li>{@code StatePages} and {@code Slots} are what the driver knows, in a buffer of its own
 *       beside the rings: how many commands were submitted and completions consumed, and each
 *       outstanding command as it was sent. {@code Startup} decides by them how a new process goes
 *       on.
 * </ul>
 *
 * <h2>How it lives on</h2>
 *
 * <p>A command is <i>outstanding</i> from the moment that its slot says so until the handler has
 * returned that was told of its completion. Whatever instruction a process dies at, the next one
 * finds in the state pages which commands are outstanding, and each of them is told of once more:
 *
 * <ul>
 *   <li><b>The process died</b>, and the controller runs on (the session was resumed). The rings
 *       are taken over as they are: a command that had not reached the ring is put there, the
 *       doorbells are rung as far as the counts say, and completions that came meanwhile wait in
 *       the ring.
 *   <li><b>The kernel was replaced</b>, or the controller has failed or was reset. First the
 *       completions are taken that it had written before it stopped. Then it is started anew with
 *       empty rings, and each command left is <i>replayed</i>: sent again as it stood. Its physical
 *       addresses are still right, since that is what a restore proves.
 * </ul>
 *
 * <p>A replay does nothing twice. A command that has ended without its completion being written is
 * done again, but with the same data from the same memory to the same blocks: the driver's user
 * must leave a command's memory alone until it is told, and NVMe itself demands that commands that
 * are outstanding together do not depend on each other's order. So what is on the disk afterwards
 * is what one execution would have left. This holds for reads, writes, flushes and deallocations,
 * and there are no others.
 *
 * <p>No completion of a former life is taken for a new one. A command's identifier is the number of
 * its slot and how often that was used; a completion with another identifier is counted ({@link
 * io.holdfast.drivers.nvme.NvmeQueue#strayCompletions}) and told to nobody. Before rings are used
 * anew the controller is stopped, and they are filled with zeroes.
 *
 * <p>To be told once more is possible in one case: a process that died while the handler was
 * running. Nothing is lost by that, and a handler that keeps what it does in memory of the session
 * can tell by the tag.
 *
 * <h2>Before a live update</h2>
 *
 * <p>{@code session.preserve(PreserveOptions.defaults().whileDevicesWrite())} may come while
 * commands are outstanding, and the driver may go on until the kexec: that makes the outage short.
 * Or it waits first ({@link io.holdfast.drivers.nvme.NvmeQueue#drain}), which checksums need
 * ({@code PreserveOptions.withChecksums}). The controller is not closed: closing stops it. Neither
 * is it closed before {@code session.leave()}.
 */
package io.holdfast.drivers.nvme;
