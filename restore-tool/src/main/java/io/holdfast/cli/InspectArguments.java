package io.holdfast.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code inspect} is told. */
final class InspectArguments {
  @Option(
      names = "--session",
      paramLabel = "NAME",
      converter = SessionNameConverter.class,
      description = "A session, in place of a path.")
  private String session;

  @Option(names = "--extents", description = "List every physical extent of every buffer.")
  private boolean everyExtent;

  @Option(
      names = "--follow",
      description =
          "Print records as they are appended, like `tail -f`, until interrupted. The writer is not"
              + " disturbed.")
  private boolean follow;

  @Option(
      names = "--consume",
      description = "With --session: retrieve it from the kernel, then drop it and its memory.")
  private boolean consume;

  @Option(
      names = "--exec",
      description =
          "With --session: retrieve it from the kernel, then exec COMMAND, which inherits it"
              + " (LISTEN_FDS, LISTEN_FDNAMES).")
  private boolean exec;

  @Parameters(
      arity = "0..*",
      paramLabel = "PATH | -- COMMAND",
      description =
          "A journal, a manifest (or its JSON), or a state directory; with --exec the program to"
              + " become, and its arguments.")
  private List<String> words = List.of();

  private Path path;

  /** Refuses what does not fit together, before anything is taken out of the kernel. */
  void check(Verb verb) {
    if (session == null && (exec || consume)) {
      throw verb.misused((exec ? "--exec" : "--consume") + " needs a --session");
    }
    if (session == null && words.size() != 1) {
      throw verb.misused("name one PATH, or a --session");
    }
    if (follow && (session != null || everyExtent)) {
      throw verb.misused(
          "--follow goes with the PATH of a journal, or of a session's directory, alone");
    }
    if (exec && consume) {
      throw verb.misused("say either --exec -- COMMAND or --consume");
    }
    if (session == null) {
      path = verb.path(words.getFirst());
    } else {
      HandOverArguments.check(verb, exec, words);
    }
  }

  Optional<String> session() {
    return Optional.ofNullable(session);
  }

  Path path() {
    return path;
  }

  List<String> command() {
    return words;
  }

  boolean isExec() {
    return exec;
  }

  boolean isConsume() {
    return consume;
  }

  boolean isFollow() {
    return follow;
  }

  boolean isEveryExtent() {
    return everyExtent;
  }
}
