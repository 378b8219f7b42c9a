/**
 * The one seam to the kernel: {@link io.holdfast.sys.Syscalls} answers as the kernel does, with a
 * value or a negated errno.
 *
 * <p>Here are its native implementation, by the Foreign Function and Memory API, decorators that
 * trace and that inject faults, and what closes and undoes things in order.
 */
package io.holdfast.sys;
