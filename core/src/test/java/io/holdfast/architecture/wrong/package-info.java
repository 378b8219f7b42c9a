/**
 * Packages that break every rule of {@link io.holdfast.architecture.PackageRules} on purpose, to
 * show that the rules can fail. Nothing else uses them.
 */
package io.holdfast.architecture.wrong;
