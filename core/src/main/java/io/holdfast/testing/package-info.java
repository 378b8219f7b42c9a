/**
 * A machine in a directory, on which drivers run as on a real one: for their tests, and for
 * demonstrations.
 *
 * <p>{@link io.holdfast.testing.SimulatedHost} is it; what its kernel answers is compared with a
 * real one's.
 */
package io.holdfast.testing;
