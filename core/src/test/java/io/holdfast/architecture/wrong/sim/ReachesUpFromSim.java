package io.holdfast.architecture.wrong.sim;

import io.holdfast.architecture.wrong.engine.BringsLibraries;

/** A kernel must not know who runs on it. */
public record ReachesUpFromSim(BringsLibraries session) {}
