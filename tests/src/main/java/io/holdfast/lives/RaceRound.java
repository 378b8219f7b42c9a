package io.holdfast.lives;

import io.holdfast.LiveSession;
import io.holdfast.journal.JournalReader;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.MappingState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** One session, two to five threads, and what must hold whatever they do to one another. */
final class RaceRound {
  private static final long GUARD_SECONDS = 10;

  private final LiveSession session;
  private final WatchedCalls calls;
  private final SplittableRandom random;
  private final RaceActors actors;
  private final CountDownLatch start = new CountDownLatch(1);

  RaceRound(LiveSession session, WatchedCalls calls, long seed) {
    this.session = session;
    this.calls = calls;
    this.random = new SplittableRandom(seed);
    this.actors = new RaceActors(session, calls, random.split());
  }

  long reads() {
    return actors.reads();
  }

  long refusals() {
    return actors.refusals();
  }

  /** Runs it; returns what did not hold. */
  Optional<String> run(Path journal) {
    List<RacingThread> threads = new ArrayList<>();
    for (RaceActors.Actor body : choose()) {
      threads.add(new RacingThread(body, random.split()));
    }
    threads.forEach(Thread::start);
    start.countDown();
    while (random.nextInt(3) != 0) {
      LockSupport.parkNanos(random.nextInt(1, 300_000));
      threads.get(random.nextInt(threads.size())).strike();
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GUARD_SECONDS);
    for (RacingThread thread : threads) {
      if (!thread.endsBefore(end)) {
        return Optional.of("a thread hangs in " + List.of(thread.getStackTrace()));
      }
    }
    actors.attempt("close the session", session::close);
    if (actors.firstWrong().isEmpty()) {
      afterwards(journal);
    }
    calls.violations().forEach(actors::wrong);
    return actors.firstWrong();
  }

  /**
   * At least one that closes and one that uses what is closed; any of it may end with the session.
   */
  private List<RaceActors.Actor> choose() {
    List<RaceActors.Actor> bodies =
        new ArrayList<>(
            switch (random.nextInt(8)) {
              case 0 -> List.of(actors::readAddresses, actors::closeBuffer, actors::spin);
              case 1 ->
                  List.of(
                      actors::readMemory,
                      actors::readMemory,
                      actors::closeBuffer,
                      actors::makeBuffers);
              case 2 -> List.of(actors::writeRegisters, actors::closeDevice, actors::bindSecond);
              case 3 -> List.of(actors::writeRegisters, actors::readAddresses, actors::closeDevice);
              case 4 ->
                  List.of(
                      actors::preserve,
                      actors::makeBuffers,
                      actors::makeFiles,
                      actors::closeSession);
              case 5 -> List.of(actors::holdInCall, actors::holdInCall, actors::closeBuffer);
              case 6 -> List.of(actors::callBack, actors::callBack, actors::preserve);
              default ->
                  List.of(
                      actors::makeBuffers,
                      actors::askForSame,
                      actors::askForSame,
                      actors::closeSession);
            });
    if (random.nextInt(4) == 0) {
      bodies.add(actors::closeSession);
    }
    return bodies;
  }

  private final class RacingThread extends Thread {
    private final RaceActors.Actor body;
    private final SplittableRandom dice;
    private volatile boolean struck;

    RacingThread(RaceActors.Actor body, SplittableRandom dice) {
      super("race");
      this.body = body;
      this.dice = dice;
      setDaemon(true);
    }

    void strike() {
      interrupt();
      struck = true;
    }

    boolean endsBefore(long end) {
      try {
        join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return !isAlive();
    }

    @Override
    public void run() {
      while (start.getCount() > 0) {
        Thread.onSpinWait();
      }
      try {
        body.act(dice);
      } catch (Throwable e) {
        actors.wrong("a thread ended with " + e + " at " + List.of(e.getStackTrace()));
      }
      if (struck && !Thread.interrupted()) {
        actors.wrong("an interrupt was swallowed");
      }
    }
  }

  /** What holds when all is closed. */
  private void afterwards(Path journal) {
    actors.nothingCanBeUsed();
    try {
      Set<String> recorded =
          JournalReader.read(journal).state().ioases().stream()
              .flatMap(ioas -> ioas.mappings().stream())
              .map(MappingState::name)
              .collect(Collectors.toSet());
      actors.compareWith(recorded);
    } catch (HoldfastException e) {
      actors.wrong("the journal cannot be read: " + e.getMessage());
    }
  }
}
