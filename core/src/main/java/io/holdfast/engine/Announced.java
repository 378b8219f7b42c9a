package io.holdfast.engine;

import io.holdfast.linux.Descriptor;

/**
 * A descriptor that a program is given, and the name in LISTEN_FDNAMES that says what it is.
 * Immutable.
 */
record Announced(String name, Descriptor descriptor) {}
