/**
 * The files that Holdfast keeps on a host: journals and manifests. {@link io.holdfast.disk.Disk} is
 * the seam that every file operation goes through on which it depends whether they survive, so that
 * tests can let each of them fail, and {@link io.holdfast.disk.Privacy} says whether a file or
 * folder is this user's alone.
 */
package io.holdfast.disk;
