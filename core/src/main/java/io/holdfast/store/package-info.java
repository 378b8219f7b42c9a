/**
 * Where a driver's descriptors are kept while no driver is running.
 *
 * <p>{@link io.holdfast.store.DescriptorStore} is one of three things: systemd's descriptor store,
 * a holder process ({@code holdfast hold}), or nothing. What is kept lives through the death of the
 * driver: an iommufd with its pages pinned and a device with its DMA running among them.
 */
package io.holdfast.store;
