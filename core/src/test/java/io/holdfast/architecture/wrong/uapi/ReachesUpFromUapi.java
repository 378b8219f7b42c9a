package io.holdfast.architecture.wrong.uapi;

import io.holdfast.architecture.wrong.linux.LinksNatively;

/** Layouts must not know the objects that use them. */
public record ReachesUpFromUapi(LinksNatively object) {}
