package io.holdfast.architecture.wrong.disk;

import io.holdfast.architecture.wrong.journal.ReachesAcross;

/** The disk must not know what is kept on it. */
public record KnowsJournals(ReachesAcross journal) {}
