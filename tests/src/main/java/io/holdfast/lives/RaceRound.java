package io.holdfast.lives;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.journal.JournalReader;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.session.PreserveOptions;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** One session, two to four threads, and what must hold whatever they do to one another. */
final class RaceRound {
  private static final int PAGE = 4096;
  private static final long SALT = 0x5a17_5a17L;
  private static final long GUARD_SECONDS = 10;

  private interface Actor {
    void act(SplittableRandom random);
  }

  private final LiveSession session;
  private final WatchedCalls calls;
  private final SplittableRandom random;
  private final Ioas rings;
  private final VfioDevice device;
  private final DeviceRegion bar;
  private final DmaBuffer shared;
  private final long address;
  private final int unmapsBefore;
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final Set<String> uncertain = ConcurrentHashMap.newKeySet();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();
  private final CountDownLatch start = new CountDownLatch(1);
  private volatile boolean sessionCloses;
  private volatile boolean bufferClosed;

  RaceRound(LiveSession session, WatchedCalls calls, long seed) {
    this.session = session;
    this.calls = calls;
    this.random = new SplittableRandom(seed);
    this.rings = session.ioas("rings");
    this.device = session.bind(Races.FIRST, rings);
    calls.watchLastDevice();
    this.bar = device.region(0);
    this.shared = rings.buffer("shared", 2 * PAGE);
    this.address = shared.physicalAddress(PAGE);
    this.unmapsBefore = calls.unmapsAt(shared.iova().start());
    if (random.nextBoolean()) { // Else the readers map it.
      shared.segment().set(ValueLayout.JAVA_LONG, PAGE, SALT);
    }
    acknowledged.add("shared");
  }

  long reads() {
    return reads.get();
  }

  long refusals() {
    return refusals.get();
  }

  /** Runs it; returns what did not hold. */
  Optional<String> run(Path journal) {
    List<Actor> bodies = choose();
    List<RacingThread> threads = new ArrayList<>();
    for (Actor body : bodies) {
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
    attempt("close the session", session::close);
    if (wrong.isEmpty()) {
      afterwards(journal);
    }
    wrong.addAll(calls.violations());
    return Optional.ofNullable(wrong.peek());
  }

  /** At least one that closes and one that uses what is closed. */
  private List<Actor> choose() {
    return switch (random.nextInt(6)) {
      case 0 -> List.of(this::readAddresses, this::closeBuffer, this::spin);
      case 1 -> List.of(this::readMemory, this::readMemory, this::closeBuffer, this::makeBuffers);
      case 2 -> List.of(this::writeRegisters, this::closeDevice, this::bindSecond);
      case 3 -> List.of(this::writeRegisters, this::readAddresses, this::closeDevice);
      case 4 -> List.of(this::preserve, this::makeBuffers, this::makeFiles, this::closeSession);
      default -> List.of(this::makeBuffers, this::askForSame, this::askForSame, this::closeSession);
    };
  }

  private final class RacingThread extends Thread {
    private final Actor body;
    private final SplittableRandom dice;
    private volatile boolean struck;

    RacingThread(Actor body, SplittableRandom dice) {
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
        wrong.add("a thread ended with " + e + " at " + List.of(e.getStackTrace()));
      }
      if (struck && !Thread.interrupted()) {
        wrong.add("an interrupt was swallowed");
      }
    }
  }

  /** Does what may be refused because something is closed, sealed or taken; nothing else may be. */
  private boolean attempt(String what, Runnable body) {
    try {
      body.run();
      return true;
    } catch (IllegalStateException e) {
      refusals.incrementAndGet();
    } catch (KernelException e) {
      wrong.add(what + " failed in the kernel: " + e.getMessage());
    } catch (HoldfastException e) {
      refusals.incrementAndGet();
      if (e.getCause() instanceof java.io.IOException) {
        wrong.add(what + " failed on the disk: " + e.getMessage());
      }
    }
    return false;
  }

  private static void pause(SplittableRandom dice) {
    LockSupport.parkNanos(dice.nextInt(1, 300_000));
  }

  /** Until it has been refused often; every round that has this has something that closes. */
  private void readAddresses(SplittableRandom dice) {
    for (int refused = 0; refused < 200 && wrong.isEmpty(); ) {
      boolean unmapped = calls.unmapsAt(shared.iova().start()) != unmapsBefore;
      boolean closed = bufferClosed;
      long epoch = calls.pinEpoch();
      try {
        long found = shared.physicalAddress(PAGE);
        reads.incrementAndGet();
        if (unmapped || closed) {
          wrong.add("an address was handed out after the buffer was unmapped");
        } else if ((epoch & 1) == 1 && epoch == calls.pinEpoch()) {
          wrong.add("an address was handed out while no device pinned the buffer");
        } else if (found != address) {
          wrong.add("the address is 0x%x, not 0x%x".formatted(found, address));
        }
      } catch (IllegalStateException e) {
        refusals.incrementAndGet();
        refused++;
      }
    }
  }

  /** Without anything in the loop that would make the JIT read a plain field again. */
  private void spin(SplittableRandom dice) {
    try {
      for (long sum = 1; sum != 0; sum |= shared.physicalAddress(0)) {}
    } catch (IllegalStateException e) {
      refusals.incrementAndGet();
    }
  }

  private void readMemory(SplittableRandom dice) {
    for (int i = 0; i < 200; i++) {
      boolean closed = bufferClosed;
      try {
        long found = shared.segment().get(ValueLayout.JAVA_LONG, PAGE);
        if (closed) {
          wrong.add("memory could be read after the buffer was closed");
        } else if (found != SALT && found != 0) {
          wrong.add("another buffer's content was read: " + found);
        }
      } catch (IllegalStateException e) {
        refusals.incrementAndGet();
      }
    }
  }

  private void closeBuffer(SplittableRandom dice) {
    pause(dice);
    if (attempt("close a buffer", shared::close)) {
      acknowledged.remove("shared");
      bufferClosed = true;
    } else {
      uncertain.add("shared");
    }
  }

  private void writeRegisters(SplittableRandom dice) {
    calls.expectWatchedDevice();
    for (int i = 0; i < 40; i++) {
      int value = i;
      attempt("write a register", () -> bar.write32(4, value));
      attempt("read a register", () -> bar.read32(4));
    }
  }

  private void closeDevice(SplittableRandom dice) {
    pause(dice);
    attempt("close a device", device::close);
  }

  private void bindSecond(SplittableRandom dice) {
    for (int i = 0; i < 3; i++) {
      pause(dice);
      attempt("bind a device", () -> session.bind(Races.SECOND, session.ioas("other")).close());
    }
  }

  private void makeBuffers(SplittableRandom dice) {
    for (int i = 0; i < 4; i++) {
      String name = "own-" + i;
      boolean[] made = new boolean[1];
      attempt(
          "make a buffer",
          () -> {
            DmaBuffer buffer = rings.buffer(name, PAGE);
            made[0] = true;
            acknowledged.add(name);
            try {
              buffer.segment().set(ValueLayout.JAVA_LONG, 0, ~SALT);
            } catch (IllegalStateException e) {
              refusals.incrementAndGet(); // The session was closed.
            }
            if (dice.nextBoolean()) {
              uncertain.add(name);
              buffer.close();
              if (!sessionCloses) {
                acknowledged.remove(name);
                uncertain.remove(name);
              }
            }
          });
    }
  }

  private void askForSame(SplittableRandom dice) {
    for (int i = 0; i < 6; i++) {
      String name = "same-" + i;
      attempt(
          "ask for a buffer",
          () -> {
            DmaBuffer buffer = rings.buffer(name, PAGE);
            acknowledged.add(name);
            rings
                .find(name)
                .ifPresent(found -> {
                  if (!found.iova().equals(buffer.iova())) {
                    wrong.add("two buffers are called " + name);
                  }
                });
          });
    }
  }

  /** The supplier uses the session, as it may. */
  private void makeFiles(SplittableRandom dice) {
    for (int i = 0; i < 2; i++) {
      String name = "file-" + i;
      attempt(
          "make a file",
          () ->
              session.file(
                  name,
                  () -> {
                    try {
                      session.state();
                      session.ioas("called-back");
                    } catch (IllegalStateException | HoldfastException e) {
                      refusals.incrementAndGet();
                    }
                    int fd = calls.memfd_create(name, FcntlUapi.FD_CLOEXEC);
                    calls.ftruncate(fd, PAGE);
                    return fd;
                  }));
    }
  }

  private void preserve(SplittableRandom dice) {
    for (int i = 0; i < 2; i++) {
      attempt("preserve", () -> session.preserve(PreserveOptions.defaults()));
      attempt("look", session::state);
      pause(dice);
      attempt("cancel", session::cancelPreserve);
    }
  }

  private void closeSession(SplittableRandom dice) {
    LockSupport.parkNanos(dice.nextInt(1, 3_000_000));
    sessionCloses = true;
    attempt("close the session", session::close);
  }

  /** What holds when all is closed. */
  private void afterwards(Path journal) {
    for (Runnable use : List.<Runnable>of(() -> shared.physicalAddress(0), shared::segment)) {
      try {
        use.run();
        wrong.add("a closed buffer can be used");
      } catch (IllegalStateException e) {
        refusals.incrementAndGet();
      }
    }
    try {
      Set<String> recorded =
          JournalReader.read(journal).state().ioases().stream()
              .flatMap(ioas -> ioas.mappings().stream())
              .map(MappingState::name)
              .collect(Collectors.toSet());
      recorded.removeAll(uncertain);
      acknowledged.removeAll(uncertain);
      if (!recorded.equals(acknowledged)) {
        wrong.add("the journal has " + recorded + " instead of " + acknowledged);
      }
    } catch (HoldfastException e) {
      wrong.add("the journal cannot be read: " + e.getMessage());
    }
  }
}
