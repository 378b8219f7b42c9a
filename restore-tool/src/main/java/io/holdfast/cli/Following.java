package io.holdfast.cli;

import io.holdfast.journal.JournalFollower;
import io.holdfast.journal.JournalFollower.Changed;
import io.holdfast.journal.JournalFollower.Damaged;
import io.holdfast.journal.JournalFollower.Event;
import io.holdfast.journal.JournalFollower.Moved;
import io.holdfast.journal.JournalFollower.Opened;
import io.holdfast.journal.JournalHeader;
import io.holdfast.journal.JournalMissingException;
import io.holdfast.journal.JournalRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code inspect --follow}: shows what is recorded in a journal as it happens; with {@code --json},
 * one document a line.
 *
 * <p>It ends when it is interrupted, or when its output cannot be written any more.
 */
final class Following {
  /** People see changes as they happen, and a writer's machine hardly notices. */
  private static final long PAUSE_MILLIS = 100;

  private final Console console;
  private final String verb;
  private final boolean json;
  private JournalHeader writer;
  private boolean writerEnded;
  private boolean missing;

  Following(Verb verb) {
    this.console = verb.console();
    this.verb = verb.name();
    this.json = verb.tool().isJson();
  }

  /** Follows a journal, or the one in a session's folder. */
  ExitCode follow(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve("journal") : path;
    try (JournalFollower follower = JournalFollower.of(file)) {
      while (true) {
        poll(follower);
        if (console.lostOutput().isPresent()) {
          return ExitCode.OK;
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.OK;
    }
  }

  private void poll(JournalFollower follower) {
    List<Event> events;
    try {
      // Asked for first, so that what it recorded last is told before its end is.
      boolean ended = writer != null && !writer.isWriterAlive();
      events = follower.poll();
      events.forEach(this::tell);
      if (ended && events.isEmpty() && !writerEnded) {
        writerEnded = true;
        say("ended", "process " + writer.pid() + " has ended", Map.of("pid", writer.pid()));
      }
      missing = false;
    } catch (JournalMissingException e) {
      if (writer == null) {
        throw e;
      }
      if (!missing) {
        missing = true;
        say("gone", "the journal is gone", Map.of());
      }
    }
  }

  private void tell(Event event) {
    switch (event) {
      case Opened opened -> {
        writer = opened.contents().header();
        writerEnded = false;
        say(
            "opened",
            "session \"%s\", written by process %d, generation %d, so far %s"
                .formatted(
                    writer.session(),
                    writer.pid(),
                    opened.contents().state().generation(),
                    SessionTables.totals(opened.contents().state())),
            Map.of(
                "session", writer.session(),
                "journal", writer.journal(),
                "writerPid", writer.pid(),
                "batches", opened.contents().batches()));
      }
      case Changed changed -> changed.records().forEach(record -> tell(changed.batch(), record));
      case Moved moved ->
          say(
              "moved",
              "the journal is in its file " + moved.fileNumber() + " now",
              Map.of("fileNumber", moved.fileNumber()));
      case Damaged damaged ->
          damaged
              .damage()
              .forEach(damage ->
                  say(
                      "damaged",
                      console.colour(Console.Colour.BAD, "damaged:") + " " + SafeText.field(damage),
                      Map.of("damage", damage)));
    }
  }

  private void tell(long batch, JournalRecord record) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("batch", batch);
    fields.putAll(RecordWords.fields(record));
    say("recorded", "%6d  %s".formatted(batch, RecordWords.of(record)), fields);
  }

  private void say(String event, String words, Map<String, ?> fields) {
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("event", event);
      document.putAll(fields);
      console.documentLine(verb, document);
    } else {
      console.line(words);
    }
    console.flush();
  }
}
