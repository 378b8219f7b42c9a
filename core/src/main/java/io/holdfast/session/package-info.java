/**
 * The values of a session: options, reports, the plan of a restore, its stages, and the exceptions;
 * nothing here does any work. Immutable, and so thread-safe.
 */
package io.holdfast.session;
