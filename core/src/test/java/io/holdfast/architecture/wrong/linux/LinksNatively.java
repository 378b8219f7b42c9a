package io.holdfast.architecture.wrong.linux;

import io.holdfast.architecture.wrong.sim.ReachesUpFromSim;
import java.lang.foreign.Linker;

/** A kernel object must not make native calls of its own, nor know which kernel it runs on. */
public record LinksNatively(Linker linker, ReachesUpFromSim kernel) {}
