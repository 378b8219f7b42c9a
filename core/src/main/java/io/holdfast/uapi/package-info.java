/**
 * Struct layouts, constants and request numbers, spelled as the kernel's headers in {@code
 * include/uapi/linux} spell them. No logic.
 */
package io.holdfast.uapi;
