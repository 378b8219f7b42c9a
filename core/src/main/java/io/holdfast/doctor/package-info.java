/**
 * Finds out what a host lacks for keeping DMA memory in place, and says what to change. Looks, and
 * changes nothing.
 */
package io.holdfast.doctor;
