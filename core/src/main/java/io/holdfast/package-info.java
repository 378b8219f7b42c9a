/**
 * What a driver author holds in the hand: sessions, address spaces, buffers, devices, registers and
 * interrupts whose memory stays where it is over the replacement of the kernel and of the process.
 *
 * <p>{@link io.holdfast.LiveSession#openOrRestore} is where to begin. Every handle carries the
 * object itself, is refused by another session and after its close, and is thread-safe unless it
 * says otherwise. What is refused is a child of {@link io.holdfast.model.HoldfastException}, which
 * says what is wrong, where, and what to do.
 */
package io.holdfast;
