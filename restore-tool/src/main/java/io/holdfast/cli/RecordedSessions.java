package io.holdfast.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What is recorded of the sessions of a host: in the state directory, and in those of drivers that
 * are services, which are beside it: {@code STATE-drivers/NAME}, as their unit has it.
 */
final class RecordedSessions {
  private static final String DRIVERS = "-drivers";

  private RecordedSessions() {}

  /** Every session's files by its name; what could not be read is told. */
  static Map<String, StateFinding.SessionFiles> find(Path state, List<String> notices) {
    Map<String, StateFinding.SessionFiles> recorded = new TreeMap<>();
    for (Path directory : directories(state, notices)) {
      try {
        for (StateFinding.SessionFiles each : StateFinding.of(directory, false).sessions()) {
          if (recorded.putIfAbsent(each.name(), each) != null) {
            notices.add(
                "session \"%s\" is recorded twice; what %s says was left out"
                    .formatted(each.name(), directory));
          }
          unread(each)
              .forEach(why ->
                  notices.add(
                      "of session \"%s\" not all is known: %s".formatted(each.name(), why)));
        }
      } catch (IOException failed) {
        notices.add(Words.of(failed));
      } catch (UncheckedIOException failed) {
        notices.add(Words.of(failed.getCause()));
      }
    }
    return recorded;
  }

  private static List<String> unread(StateFinding.SessionFiles session) {
    return Stream.of(session.journal().failure(), session.manifest().failure())
        .filter(Objects::nonNull)
        .map(Failure::problem)
        .toList();
  }

  private static List<Path> directories(Path state, List<String> notices) {
    List<Path> directories = new ArrayList<>();
    if (Files.isDirectory(state)) {
      directories.add(state);
    }
    Path name = state.getFileName();
    Path drivers = name == null ? state : state.resolveSibling(name + DRIVERS);
    if (name != null && Files.isDirectory(drivers)) {
      try (Stream<Path> each = Files.list(drivers)) {
        each.filter(Files::isDirectory).sorted().forEach(directories::add);
      } catch (IOException failed) {
        notices.add(Words.of(failed));
      }
    }
    return directories;
  }
}
