package io.holdfast.cli;

import io.holdfast.disk.PlainFile;
import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Tells a manifest, a manifest as JSON and a journal apart by how they begin, and reads them. */
final class InspectedFile {
  /** How every manifest begins ({@link Manifest}). */
  private static final byte[] MANIFEST_MAGIC = {(byte) 0x89, 'H', 'F', 'M', '\r', '\n', 0x1a, '\n'};

  private static final int MAX_JSON_BYTES = 256 << 20;

  private InspectedFile() {}

  static Finding read(Path path, boolean everyExtent) throws IOException {
    try (PlainFile file = PlainFile.pin(path)) {
      byte[] start = file.read(MANIFEST_MAGIC.length);
      if (Arrays.equals(start, MANIFEST_MAGIC)) {
        return manifest(file, everyExtent);
      }
      return start.length > 0 && start[0] == '{'
          ? json(file, everyExtent)
          : JournalFinding.of(path, everyExtent);
    }
  }

  static ManifestFinding manifest(Path path, boolean everyExtent) {
    try (PlainFile file = PlainFile.pin(path)) {
      return manifest(file, everyExtent);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ManifestFinding manifest(PlainFile file, boolean everyExtent) throws IOException {
    return ManifestFinding.of(
        file.name().toString(),
        bytes(file, Manifest.MAX_BYTES),
        Optional.of(Ownership.of(file)),
        everyExtent);
  }

  private static ManifestFinding json(PlainFile file, boolean everyExtent) throws IOException {
    byte[] text = bytes(file, MAX_JSON_BYTES);
    return new ManifestFinding(
        file.name().toString(),
        "",
        text.length,
        Optional.of(Ownership.of(file)),
        Manifest.fromJson(new String(text, StandardCharsets.UTF_8)),
        everyExtent);
  }

  private static byte[] bytes(PlainFile file, int maxBytes) throws IOException {
    if (file.sizeBytes() > maxBytes) {
      throw new VerbException(
          ExitCode.INPUT_REFUSED,
          file.name() + " has " + file.sizeBytes() + " bytes, more than a manifest can have",
          "it is not a manifest");
    }
    return file.read(maxBytes);
  }
}
