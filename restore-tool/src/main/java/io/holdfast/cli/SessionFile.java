package io.holdfast.cli;

import io.holdfast.model.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The session that a manifest, its JSON or a journal holds.
 *
 * @param source where it was read, for people
 * @param kind {@code manifest} or {@code journal}
 * @param session what it holds
 * @param doubt why it cannot be relied on: it is damaged, or others can write it
 */
record SessionFile(String source, String kind, SessionState session, Optional<String> doubt) {
  /** Reads a file; of a session's directory its manifest or, where there is none, its journal. */
  static SessionFile read(Path path) throws IOException {
    Path file = path;
    if (Files.isDirectory(path)) {
      Path manifest = path.resolve("manifest");
      file = Files.exists(manifest, LinkOption.NOFOLLOW_LINKS) ? manifest : path.resolve("journal");
    }
    return switch (InspectedFile.read(file, false)) {
      case ManifestFinding found ->
          new SessionFile(found.source(), "manifest", found.session(), found.distrust());
      case JournalFinding found ->
          new SessionFile(
              found.path().toString(),
              "journal",
              found.contents().state(),
              found.contents().damage().stream().findFirst());
      case Finding other -> throw new IllegalStateException("not a session's file: " + other);
    };
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", kind);
    document.put("source", source);
    document.put("session", session.name());
    document.put("generation", session.generation());
    document.put("doubt", doubt.orElse(null));
    return document;
  }

  /** For people: what it is and which session in which generation it has. */
  String describe() {
    return "%s of session %s, generation %d: %s"
        .formatted(
            kind, SafeText.field(session.name()), session.generation(), SafeText.field(source));
  }
}
