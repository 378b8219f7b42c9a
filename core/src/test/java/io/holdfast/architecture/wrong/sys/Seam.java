package io.holdfast.architecture.wrong.sys;

/** What others in these packages wrongly use. */
public record Seam() {}
