package io.holdfast.cli;

import io.holdfast.model.SessionState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A manifest on its way from one form to the other.
 *
 * @param source where it was read
 * @param sha256 what names the manifest, in hex
 * @param session what it holds
 * @param distrust why it cannot be trusted, if it cannot
 */
record Converted(String source, String sha256, SessionState session, Optional<String> distrust) {
  /** Reads a manifest, not a journal and not the JSON of one. */
  static Converted read(Path path) throws IOException {
    if (InspectedFile.read(path, false) instanceof ManifestFinding found
        && !found.sha256().isEmpty()) {
      return new Converted(found.source(), found.sha256(), found.session(), found.distrust());
    }
    throw new VerbException(
        ExitCode.INPUT_REFUSED, path + " is not a manifest", "name a session's sealed manifest");
  }

  /** Reads the JSON of a manifest. */
  static ManifestFinding readJson(Path path) throws IOException {
    if (InspectedFile.read(path, false) instanceof ManifestFinding found
        && found.sha256().isEmpty()) {
      return found;
    }
    throw new VerbException(
        ExitCode.INPUT_REFUSED,
        path + " is not the JSON of a manifest",
        "name a file that holdfast export has written");
  }

  ExitCode exitCode() {
    return distrust.isEmpty() ? ExitCode.OK : ExitCode.INPUT_REFUSED;
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("source", source);
    document.put("sha256", sha256);
    document.put("session", session.name());
    document.put("generation", session.generation());
    document.put("doubt", distrust.orElse(null));
    return document;
  }

  /** For people, in a line. */
  String describe(String whatWasDone) {
    return "Session %s, generation %d, SHA-256 %s: %s.%s"
        .formatted(
            SafeText.field(session.name()),
            session.generation(),
            sha256,
            SafeText.field(whatWasDone),
            distrust.map(why -> " Do not trust it: " + SafeText.field(why)).orElse(""));
  }
}
