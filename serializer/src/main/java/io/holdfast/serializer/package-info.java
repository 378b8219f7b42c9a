/**
 * Records as bytes: the {@linkplain io.holdfast.serializer.Manifest manifest} that travels over a
 * kexec, JSON for people, and the journal's compact form. Which fields there are is said once, in
 * each codec's {@code Schema}. Whatever is read is bounded before anything is allocated for it.
 */
package io.holdfast.serializer;
