/**
 * The kernel's objects with types: an iommufd, a VFIO device, a live update session, a memfd, PCI
 * devices in sysfs. Each owns its descriptor, which is used between acquire and release only and
 * closed by the last use.
 */
package io.holdfast.linux;
