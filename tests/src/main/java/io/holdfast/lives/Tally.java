package io.holdfast.lives;

import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import java.util.Map;
import java.util.TreeMap;

/** What was done in lives, counted. Not thread-safe; one a thread. */
final class Tally {
  long lives;
  long calls;
  long operations;
  long restores;
  long deaths;
  long kexecs;
  long coldBoots;
  long transfers;
  long handOvers;
  long takeovers;
  long resumes;
  long left;
  private final Map<String, Long> refusals = new TreeMap<>();

  void refused(HoldfastException refusal) {
    String kind = refusal.getClass().getSimpleName();
    if (refusal instanceof KernelException kernel) {
      kind += " " + kernel.request();
    }
    refusals.merge(kind, 1L, Long::sum);
  }

  void add(Tally other) {
    lives += other.lives;
    calls += other.calls;
    operations += other.operations;
    restores += other.restores;
    deaths += other.deaths;
    kexecs += other.kexecs;
    coldBoots += other.coldBoots;
    transfers += other.transfers;
    handOvers += other.handOvers;
    takeovers += other.takeovers;
    resumes += other.resumes;
    left += other.left;
    other.refusals.forEach((kind, count) -> refusals.merge(kind, count, Long::sum));
  }

  Map<String, Long> refusals() {
    return refusals;
  }
}
