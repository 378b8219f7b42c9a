package io.holdfast.architecture.wrong.store;

import io.holdfast.architecture.wrong.sim.ReachesUpFromSim;

/** What keeps descriptors must not know what uses them, nor which kernel it runs on. */
public record KnowsTheEngine(ReachesUpFromSim kernel) {}
