/**
 * What {@code holdfast demo} runs: a driver that sets up DMA memory on a simulated machine, a kexec
 * of that machine, and the driver's next process, each in a JVM of its own, and the story that is
 * told about them.
 */
package io.holdfast.cli.demo;
