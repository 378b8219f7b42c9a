package io.holdfast.architecture.wrong.doctor;

import io.holdfast.architecture.wrong.engine.BringsLibraries;

/** The doctor looks at hosts; it must not run sessions. */
public record OperatesOnSessions(BringsLibraries engine) {}
