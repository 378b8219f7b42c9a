package io.holdfast.cli;

import io.holdfast.model.SessionState;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What a host had sealed before a kexec, in a directory: {@code host.json}, and each session's
 * manifest as {@code NAME.manifest}. Private, as it has physical addresses.
 *
 * @param kernel the release of the kernel that ran
 * @param bootId its boot
 * @param at when it was recorded
 * @param sessions what was sealed
 */
record AuditRecord(String kernel, UUID bootId, Instant at, List<SessionState> sessions) {
  private static final String HOST = "host.json";
  private static final String MANIFEST = ".manifest";

  /** Writes it; what an earlier one has left there is removed. */
  static void write(Path directory, Map<String, Object> document, List<SessionState> sessions)
      throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    for (Path each : manifests(directory)) {
      Files.delete(each);
    }
    for (SessionState each : sessions) {
      OutputFile.write(
          directory.resolve(each.name() + MANIFEST),
          OutputFile.PRIVATE,
          true,
          out -> out.write(Manifest.encode(each)));
    }
    OutputFile.writeText(
        directory.resolve(HOST),
        OutputFile.PRIVATE,
        true,
        text -> {
          PrintWriter printer = new PrintWriter(text);
          Json.write(printer, document);
          if (printer.checkError()) {
            throw new IOException("the record could not be written");
          }
        });
  }

  /** Reads one; what cannot be relied on is refused. */
  static AuditRecord read(Path directory) throws IOException {
    Path host = directory.resolve(HOST);
    Map<String, Object> document = JsonTree.read(host);
    List<SessionState> sessions = new ArrayList<>();
    for (Path each : manifests(directory)) {
      ManifestFinding file = InspectedFile.manifest(each, false);
      if (file.distrust().isPresent()) {
        throw refused(each, file.distrust().get());
      }
      sessions.add(file.session());
    }
    try {
      return new AuditRecord(
          (String) document.get("kernel"),
          UUID.fromString((String) document.get("bootId")),
          Instant.parse((String) document.get("at")),
          List.copyOf(sessions));
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | DateTimeException e) {
      throw refused(host, "it is not what holdfast audit --record writes");
    }
  }

  private static VerbException refused(Path file, String why) {
    return new VerbException(
        ExitCode.INPUT_REFUSED,
        file + " is refused: " + why,
        "record it again before the next kexec: holdfast audit --record DIR");
  }

  private static List<Path> manifests(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(each -> each.toString().endsWith(MANIFEST)).sorted().toList();
    }
  }

  Map<String, Object> document() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kernel", kernel);
    document.put("bootId", bootId);
    document.put("at", at);
    return document;
  }
}
