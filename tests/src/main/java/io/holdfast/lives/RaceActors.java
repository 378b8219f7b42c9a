package io.holdfast.lives;

import io.holdfast.DeviceRegion;
import io.holdfast.DmaBuffer;
import io.holdfast.Ioas;
import io.holdfast.LiveSession;
import io.holdfast.VfioDevice;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.KernelException;
import io.holdfast.session.PreserveOptions;
import io.holdfast.uapi.FcntlUapi;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What the threads of a round do to their session, and what each of them checks. Thread-safe. */
final class RaceActors {
  private static final int PAGE = 4096;
  private static final long SALT = 0x5a17_5a17L;

  /** What one thread does. */
  interface Actor {
    void act(SplittableRandom random);
  }

  private final LiveSession session;
  private final WatchedCalls calls;
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
  private volatile boolean sessionCloses;
  private volatile boolean bufferClosed;

  RaceActors(LiveSession session, WatchedCalls calls, SplittableRandom random) {
    this.session = session;
    this.calls = calls;
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

  void wrong(String what) {
    wrong.add(what);
  }

  Optional<String> firstWrong() {
    return Optional.ofNullable(wrong.peek());
  }

  /** The session is closed, and so is what came from it. */
  void nothingCanBeUsed() {
    for (Runnable use : List.<Runnable>of(() -> shared.physicalAddress(0), shared::segment)) {
      try {
        use.run();
        wrong.add("a closed buffer can be used");
      } catch (IllegalStateException e) {
        refusals.incrementAndGet();
      }
    }
  }

  /** The journal has the buffers that were acknowledged. */
  void compareWith(Set<String> recorded) {
    recorded.removeAll(uncertain);
    acknowledged.removeAll(uncertain);
    if (!recorded.equals(acknowledged)) {
      wrong.add("the journal has " + recorded + " instead of " + acknowledged);
    }
  }

  /** Does what may be refused because something is closed, sealed or taken; nothing else may be. */
  boolean attempt(String what, Runnable body) {
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
  void readAddresses(SplittableRandom dice) {
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
  void spin(SplittableRandom dice) {
    try {
      for (long sum = 1; sum != 0; sum |= shared.physicalAddress(0)) {}
    } catch (IllegalStateException e) {
      refusals.incrementAndGet();
    }
  }

  void readMemory(SplittableRandom dice) {
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

  void closeBuffer(SplittableRandom dice) {
    pause(dice);
    uncertain.add("shared");
    if (attempt("close a buffer", shared::close)) {
      if (!sessionCloses) { // Else the session may have closed it, and it is still recorded.
        acknowledged.remove("shared");
        uncertain.remove("shared");
      }
      bufferClosed = true;
    }
  }

  /** A native call that uses the buffer until it returns, and then writes to it. */
  void holdInCall(SplittableRandom dice) {
    for (int i = 0; i < 5; i++) {
      int millis = dice.nextInt(4);
      try {
        if (!NativePoll.of(shared.segment(), millis)) {
          wrong.add("memory was unmapped while a native call used it");
        }
      } catch (IllegalStateException e) {
        refusals.incrementAndGet();
      }
    }
  }

  void writeRegisters(SplittableRandom dice) {
    calls.expectWatchedDevice();
    for (int i = 0; i < 40; i++) {
      int value = i;
      attempt("write a register", () -> bar.put32(4, value));
      attempt("read a register", () -> bar.get32(4));
    }
  }

  void closeDevice(SplittableRandom dice) {
    pause(dice);
    attempt("close a device", device::close);
  }

  void bindSecond(SplittableRandom dice) {
    for (int i = 0; i < 3; i++) {
      pause(dice);
      attempt("bind a device", () -> session.bind(Races.SECOND, session.ioas("other")).close());
    }
  }

  void makeBuffers(SplittableRandom dice) {
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

  void askForSame(SplittableRandom dice) {
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

  private int memfd(String name) {
    int fd = calls.memfd_create(name, FcntlUapi.FD_CLOEXEC);
    calls.ftruncate(fd, PAGE);
    return fd;
  }

  /** The supplier uses the session, as it may. */
  void makeFiles(SplittableRandom dice) {
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
                    return memfd(name);
                  }));
    }
  }

  /** The supplier changes the session, seals it, or ends it. */
  void callBack(SplittableRandom dice) {
    for (int i = 0; i < 3; i++) {
      String name = "again-" + i;
      attempt(
          "make a file",
          () ->
              session.file(
                  name,
                  () -> {
                    attempt("do something in a supplier", () -> doSomething(dice, name));
                    return memfd(name);
                  }));
    }
  }

  private void doSomething(SplittableRandom dice, String name) {
    switch (dice.nextInt(5)) {
      case 0 -> session.preserve();
      case 1 -> session.cancelPreserve();
      case 2 -> {
        uncertain.add(name);
        rings.buffer(name, PAGE);
      }
      case 3 -> session.file(name, () -> memfd(name));
      default -> {
        if (dice.nextInt(3) == 0) {
          sessionCloses = true;
          session.close();
        }
      }
    }
  }

  void preserve(SplittableRandom dice) {
    for (int i = 0; i < 2; i++) {
      attempt("preserve", () -> session.preserve(PreserveOptions.defaults()));
      attempt("look", session::state);
      pause(dice);
      attempt("cancel", session::cancelPreserve);
    }
  }

  void closeSession(SplittableRandom dice) {
    LockSupport.parkNanos(dice.nextInt(1, 3_000_000));
    sessionCloses = true;
    attempt("close the session", session::close);
  }
}
