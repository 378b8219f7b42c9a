package io.holdfast.cli;

import static io.holdfast.cli.Table.right;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.holdfast.model.HoldfastException;
import io.holdfast.model.SessionState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A directory in which sessions keep their journals and manifests.
 *
 * @param directory the directory
 * @param sessions what each session's directory in it holds
 * @param complete whether everything in it was looked at
 */
record StateFinding(Path directory, List<SessionFiles> sessions, boolean complete)
    implements Finding {
  /** More sessions than any machine has; what is there beyond is not looked at. */
  private static final int MAX_SESSIONS = 4096;

  /**
   * A session's directory: each of its files as it was read, or why it could not be.
   *
   * @param distrust why the directory cannot be trusted, if it cannot
   */
  record SessionFiles(
      String name,
      Part<JournalFinding> journal,
      Part<ManifestFinding> manifest,
      Optional<String> distrust) {
    boolean isWhole() {
      return journal.isWhole() && manifest.isWhole() && distrust.isEmpty();
    }

    /** What the journal says or, where it cannot be read, the manifest; null if neither can. */
    SessionState session() {
      if (journal.found() != null) {
        return journal.found().contents().state();
      }
      return manifest.found() == null ? null : manifest.found().session();
    }
  }

  /** A file as it was read, or why it could not be; neither where there is none. */
  record Part<F extends Finding>(F found, Failure failure) {
    /** Whatever is wrong with one file must not hide the others. */
    private static <F extends Finding> Part<F> of(Path file, Supplier<F> read) {
      try {
        if (isMissing(file)) {
          return new Part<>(null, null);
        }
        return new Part<>(read.get(), null);
      } catch (HoldfastException | UncheckedIOException | IOException refused) {
        return new Part<>(null, Failure.of(refused));
      }
    }

    private boolean isWhole() {
      return failure == null && (found == null || found.exitCode() == ExitCode.OK);
    }

    private Object document() {
      if (failure != null) {
        return Map.of("error", failure.document());
      }
      return found == null ? null : found.document();
    }

    private String cell(Function<F, String> words) {
      if (failure != null) {
        return "refused: " + failure.problem();
      }
      return found == null ? "none" : words.apply(found);
    }
  }

  /** Whether nothing is at a path; what may not be looked at is something. */
  private static boolean isMissing(Path file) throws IOException {
    try {
      Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS);
      return false;
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  /** Whether a directory is one session's own. */
  static boolean isOfOneSession(Path directory) {
    return isFile(directory.resolve("journal")) || isFile(directory.resolve("manifest"));
  }

  /** Whatever has a file's name, but a session that has it. */
  private static boolean isFile(Path path) {
    return Files.exists(path, NOFOLLOW_LINKS)
        && !Files.exists(path.resolve("journal"), NOFOLLOW_LINKS)
        && !Files.exists(path.resolve("manifest"), NOFOLLOW_LINKS);
  }

  /** Whether a directory in a state directory is a session's, or may be and cannot be told. */
  private static boolean mayBeSession(Path directory) {
    return Files.isDirectory(directory)
        && (isOfOneSession(directory) || !Files.isExecutable(directory));
  }

  /** Reads a directory of sessions, or one session's. */
  static StateFinding of(Path directory, boolean everyExtent) throws IOException {
    if (isOfOneSession(directory)) {
      return new StateFinding(directory, List.of(read(directory, everyExtent)), true);
    }
    List<Path> found;
    try (Stream<Path> inside = Files.list(directory)) {
      found = inside.filter(StateFinding::mayBeSession).limit(MAX_SESSIONS + 1).sorted().toList();
    }
    List<SessionFiles> sessions = new ArrayList<>();
    for (Path each : found.subList(0, Math.min(found.size(), MAX_SESSIONS))) {
      sessions.add(read(each, everyExtent));
    }
    return new StateFinding(directory, sessions, found.size() <= MAX_SESSIONS);
  }

  private static SessionFiles read(Path directory, boolean everyExtent) {
    Path journal = directory.resolve("journal");
    Path manifest = directory.resolve("manifest");
    return new SessionFiles(
        String.valueOf(directory.getFileName()),
        Part.of(journal, () -> JournalFinding.of(journal, everyExtent)),
        Part.of(manifest, () -> InspectedFile.manifest(manifest, everyExtent)),
        distrust(directory));
  }

  private static Optional<String> distrust(Path directory) {
    try {
      return Files.isSymbolicLink(directory)
          ? Optional.of("it is a symbolic link")
          : Ownership.ofDirectory(directory).distrust();
    } catch (IOException e) {
      return Optional.of(Words.of(e));
    }
  }

  @Override
  public ExitCode exitCode() {
    return complete && sessions.stream().allMatch(SessionFiles::isWhole)
        ? ExitCode.OK
        : ExitCode.INPUT_REFUSED;
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", "state-directory");
    document.put("source", directory);
    document.put("complete", complete);
    document.put("sessions", sessions.stream().map(StateFinding::document).toList());
    return document;
  }

  private static Map<String, Object> document(SessionFiles session) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", session.name());
    document.put("trusted", session.distrust().isEmpty());
    document.put("journal", session.journal().document());
    document.put("manifest", session.manifest().document());
    return document;
  }

  @Override
  public void print(Console console) {
    if (sessions.isEmpty()) {
      console.line("No session in " + SafeText.field(directory) + ".");
      return;
    }
    if (isOfOneSession(directory)) {
      printFiles(console, sessions.getFirst());
      printDistrust(console);
      return;
    }
    Table table = new Table().row("session", right("generation"), "journal", "manifest");
    for (SessionFiles session : sessions) {
      table.row(
          session.name(),
          right(generation(session)),
          session.journal().cell(StateFinding::words),
          session.manifest().cell(StateFinding::words));
    }
    table.printTo(console);
    if (!complete) {
      console.line("There are more; only %,d were looked at.".formatted(MAX_SESSIONS));
    }
    printDistrust(console);
  }

  private void printDistrust(Console console) {
    for (SessionFiles session : sessions) {
      session
          .distrust()
          .ifPresent(why ->
              console.line(
                  "Do not trust the directory of "
                      + SafeText.field(session.name())
                      + ": "
                      + SafeText.field(why)
                      + "."));
    }
  }

  private static void printFiles(Console console, SessionFiles session) {
    for (Part<?> part : List.of(session.journal(), session.manifest())) {
      if (part.found() != null) {
        part.found().print(console);
        console.blank();
      }
      if (part.failure() != null) {
        part.failure().printTo(console, "inspect", false);
      }
    }
  }

  private static String generation(SessionFiles session) {
    if (session.journal().found() != null) {
      return Long.toString(session.journal().found().contents().state().generation());
    }
    return session.manifest().found() == null
        ? "-"
        : Long.toString(session.manifest().found().session().generation());
  }

  private static String words(JournalFinding journal) {
    String damage =
        journal.contents().damage().isEmpty()
            ? ""
            : ", " + Words.count(journal.contents().damage().size(), "damage");
    return (journal.contents().seal().isPresent() ? "sealed, " : "recording, ")
        + Words.count(journal.contents().batches(), "change")
        + damage;
  }

  private static String words(ManifestFinding manifest) {
    return "sealed "
        + manifest.session().sealedAt().map(Instant::toString).orElse("never")
        + ", "
        + SessionTables.totals(manifest.session())
        + manifest.distrust().map(why -> " Do not trust it: " + why).orElse("");
  }
}
