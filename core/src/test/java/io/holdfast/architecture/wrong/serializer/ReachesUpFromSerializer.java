package io.holdfast.architecture.wrong.serializer;

import io.holdfast.architecture.wrong.sys.Seam;

/** The manifest must not call the kernel. */
public record ReachesUpFromSerializer(Seam seam) {}
