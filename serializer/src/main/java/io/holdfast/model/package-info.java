/**
 * What is recorded of a session, as immutable records whose rules hold from the moment they are
 * made; no input and no output. {@link io.holdfast.model.SessionState} is the whole.
 */
package io.holdfast.model;
