package io.holdfast.architecture.wrong.sys;

/** What others in these rooms wrongly use. */
public record Seam() {}
