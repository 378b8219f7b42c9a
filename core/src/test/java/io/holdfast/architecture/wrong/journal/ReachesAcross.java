package io.holdfast.architecture.wrong.journal;

import io.holdfast.architecture.wrong.linux.LinksNatively;

/** The journal must not touch the kernel. */
public record ReachesAcross(LinksNatively object) {}
