package io.holdfast.architecture.wrong;

import io.holdfast.architecture.wrong.sim.ReachesUpFromSim;

/** The API must not know the simulated kernel. */
public record Api(ReachesUpFromSim kernel) {}
