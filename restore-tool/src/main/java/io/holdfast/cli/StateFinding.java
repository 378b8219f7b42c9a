package io.holdfast.cli;

import static io.holdfast.cli.Table.right;

import io.holdfast.model.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A folder in which sessions keep their journals and manifests.
 *
 * @param folder the folder
 * @param sessions what each session's folder in it holds
 */
record StateFinding(Path folder, List<SessionFolder> sessions) implements Finding {
  /** A session's folder: each of its files as it was read, or why it could not be. */
  record SessionFolder(String name, Part<JournalFinding> journal, Part<ManifestFinding> manifest) {
    boolean isWhole() {
      return journal.failure() == null
          && manifest.failure() == null
          && (journal.found() == null || journal.found().exitCode() == ExitCode.OK);
    }
  }

  /** A file as it was read, or why it could not be; neither where there is none. */
  record Part<F extends Finding>(F found, Failure failure) {
    private static <F extends Finding> Part<F> of(Path file, Supplier<F> read) {
      if (!Files.exists(file)) {
        return new Part<>(null, null);
      }
      try {
        return new Part<>(read.get(), null);
      } catch (HoldfastException refused) {
        return new Part<>(null, Failure.of(refused));
      }
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

  /** Whether a folder is one session's own. */
  static boolean isOfOneSession(Path folder) {
    return Files.exists(folder.resolve("journal")) || Files.exists(folder.resolve("manifest"));
  }

  /** Reads a folder of sessions, or one session's. */
  static StateFinding of(Path folder, boolean everyExtent) throws IOException {
    if (isOfOneSession(folder)) {
      return new StateFinding(folder, List.of(read(folder, everyExtent)));
    }
    List<SessionFolder> sessions = new ArrayList<>();
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path each : inside.filter(StateFinding::isOfOneSession).sorted().toList()) {
        sessions.add(read(each, everyExtent));
      }
    }
    return new StateFinding(folder, sessions);
  }

  private static SessionFolder read(Path folder, boolean everyExtent) {
    Path journal = folder.resolve("journal");
    Path manifest = folder.resolve("manifest");
    return new SessionFolder(
        String.valueOf(folder.getFileName()),
        Part.of(journal, () -> JournalFinding.of(journal, everyExtent)),
        Part.of(manifest, () -> InspectedFile.manifest(manifest, everyExtent)));
  }

  @Override
  public ExitCode exitCode() {
    return sessions.stream().allMatch(SessionFolder::isWhole)
        ? ExitCode.OK
        : ExitCode.INPUT_REFUSED;
  }

  @Override
  public Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", "state-directory");
    document.put("source", folder);
    document.put("sessions", sessions.stream().map(StateFinding::document).toList());
    return document;
  }

  private static Map<String, Object> document(SessionFolder session) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", session.name());
    document.put("journal", session.journal().document());
    document.put("manifest", session.manifest().document());
    return document;
  }

  @Override
  public void print(Console console) {
    if (sessions.isEmpty()) {
      console.line("No session in " + SafeText.field(folder) + ".");
      return;
    }
    if (isOfOneSession(folder)) {
      printFiles(console, sessions.getFirst());
      return;
    }
    Table table = new Table().row("session", right("generation"), "journal", "manifest");
    for (SessionFolder session : sessions) {
      table.row(
          session.name(),
          right(generation(session)),
          session.journal().cell(StateFinding::words),
          session.manifest().cell(StateFinding::words));
    }
    table.printTo(console);
  }

  private static void printFiles(Console console, SessionFolder session) {
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

  private static String generation(SessionFolder session) {
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
        + manifest.session().sealedAt()
        + ", "
        + SessionTables.totals(manifest.session());
  }
}
