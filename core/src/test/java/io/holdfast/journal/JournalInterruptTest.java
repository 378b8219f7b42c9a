package io.holdfast.journal;

import static io.holdfast.journal.Fixtures.fragmented;
import static io.holdfast.journal.Fixtures.header;
import static io.holdfast.journal.Fixtures.mapping;
import static io.holdfast.journal.Fixtures.setUp;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Disk;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An interrupt neither fails a journal's work nor gets lost. */
class JournalInterruptTest {
  @TempDir private Path temporary;
  private Path file;

  @BeforeEach
  void choosePath() {
    file = temporary.resolve("nic0").resolve("journal");
  }

  @AfterEach
  void forgetTheInterrupt() {
    Thread.interrupted();
  }

  private static void assertStillInterrupted() {
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
  }

  /** Begins, moves to a map, grows, syncs, is read and followed. */
  private void wholeLife(boolean plain, Runnable afterEach) {
    PrivateFiles.prepareFolder(Disk.local(), file.getParent());
    JournalLock lock = JournalLock.acquire(Disk.local(), file);
    afterEach.run();
    JournalFold expected = new JournalFold(header());
    setUp().forEach(expected::apply);
    try (Journal journal = Journal.startOver(Disk.local(), file, header(), lock, setUp(), plain)) {
      afterEach.run();
      for (int i = 0; i < 6; i++) {
        JournalRecord large = mapping("large-" + i, i * 20_000, fragmented(20_000));
        journal.append(large);
        expected.apply(large);
        afterEach.run();
        journal.sync();
        afterEach.run();
      }
      assertThat(JournalReader.scan(Disk.local(), file).fileNumber()).isPositive();
      assertThat(JournalReader.read(file).state()).isEqualTo(expected.state());
      afterEach.run();
    }
    afterEach.run();
    try (JournalFollower follower = JournalFollower.of(file)) {
      assertThat(follower.poll()).hasSize(1).first().isInstanceOf(JournalFollower.Opened.class);
    }
    afterEach.run();
  }

  @Test
  void withTheFlagSetAJournalIsBegunGrowsAndIsSynced() {
    Thread.currentThread().interrupt();
    wholeLife(false, JournalInterruptTest::assertStillInterrupted);
  }

  @Test
  void withTheFlagSetAJournalOfARestoreMovesIntoAMap() {
    Thread.currentThread().interrupt();
    wholeLife(true, JournalInterruptTest::assertStillInterrupted);
  }

  @Test
  void interruptsAtAnyMomentChangeNothing() throws InterruptedException {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Thread worker = Thread.currentThread();
    AtomicBoolean done = new AtomicBoolean();
    Thread interrupter =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                worker.interrupt();
                try {
                  Thread.sleep(0, random.nextInt(1_000_000));
                } catch (InterruptedException e) {
                  return;
                }
              }
            });
    try {
      for (int round = 0; round < 5; round++) {
        file = temporary.resolve("round-" + round).resolve("journal");
        wholeLife(round % 2 == 0, Thread::interrupted);
      }
    } finally {
      done.set(true);
      // Waits for the last interrupt, whatever the flag says.
      while (interrupter.isAlive()) {
        Thread.interrupted();
        Thread.onSpinWait();
      }
    }
  }
}
