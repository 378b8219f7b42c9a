package io.holdfast.architecture.wrong;

import io.holdfast.architecture.wrong.sim.ReachesUpFromSim;

/** Of the API only the {@code sim:} host may know the simulated kernel. */
public record Api(ReachesUpFromSim kernel) {}
