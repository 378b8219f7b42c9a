package io.holdfast.architecture.wrong.sys;

import io.holdfast.architecture.wrong.uapi.ReachesUpFromUapi;

/** The seam must not know the structs that pass through it. */
record ReachesUp(ReachesUpFromUapi struct) {}
