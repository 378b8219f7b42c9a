package io.holdfast.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Disk;
import io.holdfast.journal.JournalBusyException;
import io.holdfast.journal.JournalContents;
import io.holdfast.journal.JournalReader;
import io.holdfast.model.IoasState;
import io.holdfast.model.MappingState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that writes a journal, with SIGKILL at random moments, and looks at what is left:
 * every acknowledged change, all of it; of the change that each thread was in the middle of, all or
 * nothing; and nothing else.
 *
 * <p>Every other round goes on with the journal of the round before, so that the kill may also hit
 * the move into a fresh file. {@code -Dholdfast.kill.rounds=500} makes a long run, {@code
 * -Dholdfast.seed=N} replays one (what is written, and when it is killed to the millisecond; the
 * rest is the scheduler's).
 */
class JournalKillTest {
  private static final int ROUNDS = Integer.getInteger("holdfast.kill.rounds", 10);
  private static final long SEED = Long.getLong("holdfast.seed", System.nanoTime());
  private static final int MAX_DELAY_MILLIS = 400;

  @TempDir private Path temporary;

  /** How long each opening took, the first of a journal and those after a kill alike. */
  private final List<Long> openMillis = new ArrayList<>();

  /** What is known of a thread of the writer. */
  private static final class Progress {
    final Map<String, MappingState> acknowledged = new HashMap<>();
    int next;
  }

  @Test
  void nothingAcknowledgedIsLostAndNoChangeIsTorn() throws IOException, InterruptedException {
    System.out.println("JournalKillTest: replay with -Dholdfast.seed=" + SEED);
    Random random = new Random(SEED);
    Path file = null;
    Progress[] threads = new Progress[0];
    long changes = 0;
    for (int round = 0; round < ROUNDS; round++) {
      if (round % 2 == 0) {
        file = temporary.resolve("round-" + round).resolve("journal");
        threads = new Progress[round % 4 == 0 ? 1 : 4];
        Arrays.setAll(threads, i -> new Progress());
      }
      // The first round of a journal is killed once it is open; the second perhaps while it still
      // moves.
      changes += writeAndKill(file, threads, random.nextInt(MAX_DELAY_MILLIS), round % 2 == 0);
      check(round, file, threads);
    }
    assertThat(changes).isPositive();
    System.out.println(
        "JournalKillTest: "
            + ROUNDS
            + " kills, "
            + changes
            + " changes acknowledged, none lost or torn; opening took "
            + openMillis.stream().sorted().skip(openMillis.size() / 2).findFirst().orElse(0L)
            + " ms (median), "
            + openMillis.stream().max(Long::compare).orElse(0L)
            + " ms at most");
  }

  @Test
  void aSecondWriterIsToldThePidOfTheFirst() throws IOException, InterruptedException {
    Path file = temporary.resolve("busy").resolve("journal");
    Process writer = start(file, new Progress[] {new Progress()});
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.US_ASCII))) {
      assertThat(lines.readLine()).startsWith("OPEN ");
      JournalContents contents = JournalReader.read(file);
      assertThatThrownBy(() -> SteppedWriter.goOn(Disk.local(), file, contents.header()))
          .isInstanceOf(JournalBusyException.class)
          .hasMessageContaining("pid " + writer.pid());
      assertThat(contents.header().pid()).isEqualTo(writer.pid());
    } finally {
      writer.toHandle().destroyForcibly();
    }
    writer.waitFor();
    SteppedWriter.goOn(Disk.local(), file, JournalReader.read(file).header()).close();
    assertThat(JournalReader.read(file).damage()).isEmpty();
  }

  private long writeAndKill(Path file, Progress[] threads, int delayMillis, boolean awaitOpen)
      throws IOException, InterruptedException {
    Process writer = start(file, threads);
    long acknowledged = 0;
    Thread killer = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.US_ASCII))) {
      if (!awaitOpen) {
        // Reading the old journal and writing the new one takes the JVM some hundred milliseconds.
        killer = killAfter(writer, 300 + 3L * delayMillis);
      }
      for (String line; (line = lines.readLine()) != null; ) {
        if (line.matches("OPEN [0-9]+")) {
          openMillis.add(Long.parseLong(line.substring("OPEN ".length())));
          if (killer == null) {
            killer = killAfter(writer, delayMillis);
          }
          continue;
        }
        if (note(line, threads)) {
          acknowledged++;
        }
      }
    } finally {
      writer.toHandle().destroyForcibly();
    }
    assertThat(writer.waitFor())
        .as("the writer is killed and does not end by itself")
        .isEqualTo(137);
    if (killer != null) {
      killer.join();
    }
    return acknowledged;
  }

  private static Process start(Path file, Progress[] threads) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of(file.toString(), Long.toString(SEED), Integer.toString(threads.length)));
    for (Progress thread : threads) {
      arguments.add(Integer.toString(thread.next));
    }
    return ChildJvm.start(JournalWriter.class, arguments);
  }

  private static Thread killAfter(Process writer, long delayMillis) {
    return Thread.ofPlatform()
        .start(() -> {
          try {
            Thread.sleep(delayMillis);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          // The process itself would close the stream that the last lines are still read from.
          writer.toHandle().destroyForcibly();
        });
  }

  /**
   * Takes note of what the writer said; whether it was an acknowledgement. A line that was cut off
   * does not count.
   */
  private static boolean note(String line, Progress[] threads) {
    String[] words = line.split(" ", -1);
    if (words.length != 3 || words[2].isEmpty()) {
      return false;
    }
    int number = Integer.parseInt(words[1]);
    int change = Integer.parseInt(words[2]);
    Progress thread = threads[number];
    if (change != thread.next) {
      // The end of the number was cut off with the line.
      return false;
    }
    if (words[0].equals("B")) {
      return false;
    }
    JournalWriter.change(SEED, number, change, thread.acknowledged);
    thread.next++;
    return true;
  }

  private static void check(int round, Path file, Progress[] threads) {
    if (!Files.exists(file)) {
      // Killed before the first journal was in place: then nothing can have been acknowledged.
      assertThat(threads).as("round %d", round).allMatch(thread -> thread.next == 0);
      return;
    }
    JournalContents contents = JournalReader.read(file);
    assertThat(contents.damage()).as("round %d", round).isEmpty();
    for (int number = 0; number < threads.length; number++) {
      Progress thread = threads[number];
      Map<String, MappingState> there = mappings(contents, "ioas-" + number);
      Map<String, MappingState> withNext = new HashMap<>(thread.acknowledged);
      JournalWriter.change(SEED, number, thread.next, withNext);
      // The line that announces a change may itself not have come through any more.
      if (there.equals(withNext) && !there.equals(thread.acknowledged)) {
        thread.acknowledged.putAll(withNext);
        thread.acknowledged.keySet().retainAll(withNext.keySet());
        thread.next++;
      } else {
        assertThat(there)
            .as("round %d, thread %d: acknowledged %d changes", round, number, thread.next)
            .isEqualTo(thread.acknowledged);
      }
    }
  }

  private static Map<String, MappingState> mappings(JournalContents contents, String ioas) {
    Map<String, MappingState> mappings = new HashMap<>();
    contents.state().ioases().stream()
        .filter(state -> state.name().equals(ioas))
        .map(IoasState::mappings)
        .forEach(list -> list.forEach(mapping -> mappings.put(mapping.name(), mapping)));
    return mappings;
  }
}
