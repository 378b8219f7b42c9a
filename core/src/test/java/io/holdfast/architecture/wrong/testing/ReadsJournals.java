package io.holdfast.architecture.wrong.testing;

import io.holdfast.architecture.wrong.journal.ReachesAcross;

/** A simulated host must not read journals itself. */
public record ReadsJournals(ReachesAcross journal) {}
