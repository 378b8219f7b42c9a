/**
 * What does the work behind the public handles: opens, records, seals, plans, restores, verifies,
 * resumes and undoes.
 *
 * <p>{@link io.holdfast.engine.SessionOpener} decides how a session begins, {@link
 * io.holdfast.engine.SessionEngine} is one that is open. Nothing of this is a public interface.
 */
package io.holdfast.engine;
