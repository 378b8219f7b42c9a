package io.holdfast.store;

/**
 * A descriptor that a store kept and has given back.
 *
 * <p>The name is what it was put under and proves nothing: whoever uses the descriptor first finds
 * out what it is.
 *
 * @param name what it was put under
 * @param fd its number in this process; close-on-exec
 */
public record StoredDescriptor(String name, int fd) {}
