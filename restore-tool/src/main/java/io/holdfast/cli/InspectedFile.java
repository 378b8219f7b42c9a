package io.holdfast.cli;

import io.holdfast.serializer.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Tells a manifest, a manifest as JSON and a journal apart by how they begin, and reads them. */
final class InspectedFile {
  /** How every manifest begins ({@link Manifest}). */
  private static final byte[] MANIFEST_MAGIC = {(byte) 0x89, 'H', 'F', 'M', '\r', '\n', 0x1a, '\n'};

  private static final int MAX_JSON_BYTES = 256 << 20;

  private InspectedFile() {}

  static Finding read(Path path, boolean everyExtent) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new VerbException(
          ExitCode.FILE_FAILED,
          path + " is neither a file nor a folder",
          "name a journal, a manifest or a state directory");
    }
    byte[] start = start(path);
    if (Arrays.equals(start, MANIFEST_MAGIC)) {
      return manifest(path, everyExtent);
    }
    return start.length > 0 && start[0] == '{'
        ? json(path, everyExtent)
        : JournalFinding.of(path, everyExtent);
  }

  static ManifestFinding manifest(Path path, boolean everyExtent) {
    return ManifestFinding.of(path.toString(), bytes(path, Manifest.MAX_BYTES), everyExtent);
  }

  private static ManifestFinding json(Path path, boolean everyExtent) {
    byte[] text = bytes(path, MAX_JSON_BYTES);
    return new ManifestFinding(
        path.toString(),
        "",
        text.length,
        Manifest.fromJson(new String(text, StandardCharsets.UTF_8)),
        everyExtent);
  }

  private static byte[] start(Path path) throws IOException {
    try (InputStream file = Files.newInputStream(path)) {
      return file.readNBytes(MANIFEST_MAGIC.length);
    }
  }

  private static byte[] bytes(Path path, int maxBytes) {
    try (InputStream file = Files.newInputStream(path)) {
      long size = Files.size(path);
      if (size > maxBytes) {
        throw new VerbException(
            ExitCode.INPUT_REFUSED,
            path + " has " + size + " bytes, more than a manifest can have",
            "it is not a manifest");
      }
      // What is appended meanwhile is not read, so that the bound holds.
      return file.readNBytes((int) size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
